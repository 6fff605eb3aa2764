/*
 * element.js - a room for people, as an element of a page:
 *
 *     <script type="module" src="/fastim-room.js"></script>
 *     <fastim-room group="1" user="3" token="…"></fastim-room>
 *
 * Its attributes are told in ../fastim-room.d.ts, how to embed it in ../README.md.
 */
import { h } from "../elements.js";
import { keepLogin, keptLogin, logOut, loginForm } from "./login.js";
import { roomSheet } from "./style.js";
import { wordsOf } from "./texts.js";
import { Visit } from "./visit.js";

const Base = globalThis.HTMLElement ?? Object; // a server that renders pages may load this, too

export class FastimRoom extends Base {
  static observedAttributes = ["group", "user", "token", "server", "name", "page", "lang"];

  #visit;
  #words;
  #token; // the property
  #login; // {user, token} of the form
  #soon = false;

  /** The room of fastim.js; undefined while there is none. */
  get room() {
    return this.#visit?.room;
  }

  /** Text, or a function as `token` of fastim.js has it. */
  get token() {
    return this.#token ?? this.getAttribute("token");
  }

  set token(token) {
    this.#token = token;
    this.#restart();
  }

  connectedCallback() {
    if (!this.shadowRoot) {
      this.attachShadow({ mode: "open" }).adoptedStyleSheets = [roomSheet()];
    }
    if (Object.hasOwn(this, "token")) {
      const { token } = this; // set before this file was there
      delete this.token;
      this.#token = token;
    }
    globalThis.addEventListener("online", this.#draw);
    globalThis.addEventListener("offline", this.#draw);
    document.addEventListener("visibilitychange", this.#draw);
    this.#restart();
  }

  disconnectedCallback() {
    globalThis.removeEventListener("online", this.#draw);
    globalThis.removeEventListener("offline", this.#draw);
    document.removeEventListener("visibilitychange", this.#draw);
    this.#leave();
  }

  attributeChangedCallback(name, before, value) {
    if (before === value || !this.isConnected) {
      return;
    }
    if (name === "name") {
      this.#draw();
    } else {
      this.#restart();
    }
  }

  #draw = () => this.#visit?.draw();

  /* ---- where it is, and who ---- */

  get #server() {
    const own = import.meta.url; // of the file that build.sh makes
    const home = own.endsWith("/fastim-room.js") ? new URL(".", own).href : "/";
    const base = new URL(this.getAttribute("server") ?? home, location.href).href;
    return base.replace(/^ws/, "http").replace(/\/*([?#].*)?$/, "/");
  }

  /* Of a page that is the room's alone, the last part of the address. */
  get #group() {
    const path = this.hasAttribute("page") ? location.pathname.replace(/\/+$/, "") : "";
    const group = this.getAttribute("group") ?? path.slice(path.lastIndexOf("/") + 1);

    try {
      return this.hasAttribute("group") ? group : decodeURIComponent(group);
    } catch {
      return group;
    }
  }

  #tokenSource() {
    const { token } = this;

    if (typeof token === "function") {
      return token;
    }
    const known = this.#login?.token ?? token;
    return known ? (why) => (why === "first" ? known : null) : undefined;
  }

  #remember(login) {
    this.#login = login;
    keepLogin(this.#server, login);
  }

  /* ---- entering and leaving ---- */

  /* Several attributes may be set at once. */
  #restart() {
    if (!this.#soon) {
      this.#soon = true;
      queueMicrotask(() => {
        this.#soon = false;
        if (this.isConnected) {
          this.#leave();
          this.#enter();
        }
      });
    }
  }

  #leave() {
    const visit = this.#visit;
    this.#visit = undefined;
    visit?.end();
  }

  #enter() {
    const isAsked = !this.hasAttribute("user");

    this.#words = wordsOf(this.getAttribute("lang") ?? navigator.language);
    this.#login = isAsked ? (this.#login ?? keptLogin(this.#server)) : undefined;
    if (!this.#group) {
      this.#show({}, h("p", { class: "empty", role: "alert" }, this.#words.noGroup));
    } else if (isAsked && !this.#login) {
      this.#askLogin();
    } else {
      this.#open();
    }
  }

  #open() {
    const self = this;
    const visit = new Visit({
      words: this.#words,
      server: this.#server,
      group: this.#group,
      user: this.#login?.user ?? this.getAttribute("user") ?? "",
      token: this.#tokenSource(),
      isPage: this.hasAttribute("page"),
      hasLogin: this.#login !== undefined,
      get name() {
        return self.getAttribute("name");
      },
      logOut: () => this.#logOut(),
      loginEnded: (said) => this.#loginEnded(said),
    });

    this.#visit = visit;
    this.#show({ keydown: (event) => visit.escape(event) }, ...visit.nodes);
    visit.draw();
  }

  #show(props, ...children) {
    const lang = this.#words.locale;
    if (this.hasAttribute("page")) {
      document.documentElement.lang = lang;
    }
    this.shadowRoot.replaceChildren(h("div", { class: "root", lang, ...props }, ...children));
  }

  /* ---- logging in and out ---- */

  #askLogin(said = "") {
    const isPage = this.hasAttribute("page");
    const name = this.getAttribute("name") ?? this.#group;
    const done = (login) => {
      this.#remember(login);
      this.#leave();
      this.#enter();
      this.#visit?.focus();
    };
    const form = loginForm({ server: this.#server, words: this.#words, said, done });

    this.#show({}, h("header", {}, h(isPage ? "h1" : "h2", {}, name)), form);
    if (isPage) {
      document.title = name;
      form.querySelector("input").focus();
    }
  }

  /* Of a token that the page gave, the page has to know. */
  #loginEnded(said) {
    if (this.#login) {
      this.#remember(undefined);
      this.#leave();
      this.#askLogin(said);
    }
  }

  async #logOut() {
    const login = this.#login;

    this.#remember(undefined);
    this.#leave();
    this.#enter();
    await logOut(this.#server, login);
  }
}

globalThis.customElements?.define("fastim-room", FastimRoom);

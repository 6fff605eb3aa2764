/* live.js - the messages of a room and who is there, on the operators' page.
 *
 * The room is watched by fastim.js, as a user sees it; ../README.md says why. */
import { fastim } from "../fastim.js";
import { EventStream } from "../fastim-sse.js";
import { h, setText } from "../elements.js";
import { arrange, button, field, form, own, submitButton, tick } from "./parts.js";
import { say } from "./session.js";
import { t, timeOf } from "./texts.js";

const KEEP = 500; // messages

/*
 * The owner is {group, session, act(userId, message), join(userId), settings(settings)}. act: what
 * is to be done to a user, and to the message if there is one. join: makes the user a member;
 * resolves to true if it is one now. Its nodes are .state, .messages and .users.
 */
export class Live {
  state = h("output", { id: "state" });
  users = h("ul", { id: "users", class: "chips" });
  #owner;
  #room;
  #watchAs = h("details", { id: "watch-as" }, h("summary", {}, t("watchAs")));
  #trouble = h("div", { id: "trouble", hidden: true });
  #list = h("ol", { id: "messages" });
  #live = h(
    "div",
    {
      id: "live",
      role: "log",
      "aria-live": "off",
      tabIndex: 0,
      "aria-label": t("messages"),
      scroll: () => this.#scrolled(),
    },
    this.#list,
  );
  #newest = button("newest", t("newest"), () => this.toBottom(), "main");
  #older = button("older", t("older"), () => this.#showOlder());
  #nodes = new WeakMap(); // of messages
  #chips = new Map(); // of users

  constructor(owner) {
    const aloud = tick("aloud", t("aloud"));
    const isAloud = () => (aloud.input.checked ? "polite" : "off");

    this.#owner = owner;
    this.#newest.hidden = true;
    this.#watchAs.append(this.#watchForm());
    aloud.input.addEventListener("change", () => this.#live.setAttribute("aria-live", isAloud()));
    this.messages = h(
      "div",
      {},
      this.#trouble,
      owner.session.isOperator && this.#watchAs,
      h("div", { class: "row" }, this.#older, aloud.label),
      this.#live,
      this.#newest,
    );
    this.#drawState();
  }

  watch() {
    const { user, token } = this.#owner.session.watcher;
    const room = fastim(new URL(".", import.meta.url).href, {
      user,
      group: this.#owner.group,
      batch: true,
      keep: KEEP,
      token: token ? (why) => (why === "first" ? token : null) : undefined,
      fallback: token ? EventStream : undefined,
    });

    this.end();
    this.#room = room;
    this.#trouble.hidden = true;
    room.on("change", () => room === this.#room && this.#draw());
    room.on("error", (error) => room === this.#room && this.#tellTrouble(error));
    room.on("settings", (settings) => room === this.#room && this.#owner.settings(settings));
    room.on("notice", ({ info }) => room === this.#room && say(t("heard", info)));
  }

  end() {
    this.#room?.close();
    this.#room = undefined;
  }

  /* Why it is not watched, and what helps. */
  #tellTrouble({ code, reason, retryAfter, message }) {
    const { user } = this.#owner.session.watcher;
    const { isOperator } = this.#owner.session;
    const login = isOperator ? t("login") : t("expired");
    const why = { login, expired: login, member: t("member", user) };
    const joins = reason === "member" && isOperator;

    this.#trouble.replaceChildren(
      h("p", { class: "bad" }, why[reason] ?? t("watchFailed", code ? message : reason)),
      joins
        ? button(
            "join",
            t("join", user),
            async () => {
              if (await this.#owner.join(user)) {
                this.watch();
              }
            },
            "main",
          )
        : "",
    );
    this.#watchAs.open ||= reason === "login" || reason === "expired" || reason === "banned";
    this.#trouble.hidden = retryAfter !== undefined;
  }

  /* As another user. Without a token the server waits 5 s before it says that it wants one. */
  #watchForm() {
    const user = field("watch-user", t("watchAs"), {
      value: this.#owner.session.watcher.user,
      required: true,
    });
    const token = field("watch-token", t("token"), { type: "password" });
    const submit = async () => {
      this.#owner.session.watcher = {
        user: user.input.value.trim(),
        token: token.input.value.trim(),
      };
      token.input.value = "";
      this.#watchAs.open = false;
      this.watch();
      this.#live.focus();
    };

    return form("watch-form", submit, "row", user.label, token.label, submitButton(t("watch")));
  }

  #drawState() {
    const { state = "closed", online } = this.#room ?? {};
    const [kind, name] = { open: ["good", "isOpen"], closed: ["bad", "closed"] }[state] ?? [
      "busy",
      state,
    ];
    const text = `${t(name)}${state === "open" ? ` · ${t("onlineCount", online)}` : ""}`;

    this.state.className = kind;
    setText(this.state, text);
  }

  #draw() {
    const { list, users = [] } = this.#room;
    const isAtBottom = this.#isAtBottom();
    const before = this.#list.lastElementChild;

    this.#trouble.hidden ||= this.#room.state === "open";
    this.#drawState();
    arrange(
      this.#list,
      list.map((message) => this.#node(message)),
    );
    this.#chips = new Map(users.map((user) => [user, this.#chips.get(user) ?? this.#chip(user)]));
    arrange(this.users, [...this.#chips.values()]);
    if (isAtBottom) {
      this.toBottom();
    } else if (before !== this.#list.lastElementChild) {
      this.#newest.hidden = false;
    }
  }

  #node(message) {
    const { userId, info, ts } = message;

    if (!this.#nodes.has(message)) {
      const time = h("time", {}, timeOf(ts));
      this.#nodes.set(
        message,
        h(
          "li",
          {},
          h(
            "div",
            { class: "body" },
            h("p", { class: "head" }, h("b", {}, own(userId)), " · ", time),
            h("p", { class: "said" }, own(info)),
          ),
          h(
            "button",
            {
              type: "button",
              "data-do": "act",
              "aria-label": t("actOn", userId),
              click: () => this.#owner.act(userId, message),
            },
            t("act"),
          ),
        ),
      );
    }
    return this.#nodes.get(message);
  }

  #chip(user) {
    return h(
      "li",
      {},
      h(
        "button",
        {
          type: "button",
          "data-do": "act",
          "aria-label": t("actOn", user),
          click: () => this.#owner.act(user),
        },
        own(user),
      ),
    );
  }

  #isAtBottom() {
    return this.#live.scrollHeight - this.#live.scrollTop - this.#live.clientHeight < 40;
  }

  toBottom() {
    this.#live.scrollTop = this.#live.scrollHeight;
    this.#newest.hidden = true;
  }

  #scrolled() {
    if (this.#isAtBottom()) {
      this.#newest.hidden = true;
    }
  }

  async #showOlder() {
    const height = this.#live.scrollHeight;
    const { end } = (await this.#room?.older(100).catch(() => undefined)) ?? {};

    this.#live.scrollTop += this.#live.scrollHeight - height;
    if (end) {
      say(t("noOlder"));
    }
  }
}

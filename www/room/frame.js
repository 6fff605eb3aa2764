/* frame.js - what a room shows around its messages: the heading, who is there, pinned text,
 * notices, what is to be told, and the box to write in. */
import { h, setHidden, setText } from "../elements.js";
import { colorOf } from "./style.js";

const NOTICES = 3;
const TOLD_MS = 8000; // a passing word stays for so long

/*
 * The owner is {words, room, name, isPage, hasLogin, send(text), logOut(), draw()}. name: what the
 * heading says. isPage: so does the page's title. hasLogin: somebody may log out. draw: a passing
 * word has passed. `view` is the MessageView. `nodes` are the children of the element.
 */
export class Frame {
  #owner;
  #view;
  #parts;
  #told; // the timer of a passing word
  #drawnUsers;

  constructor(owner, view) {
    this.#owner = owner;
    this.#view = view;
    this.#parts = this.#make();
    this.nodes = this.#arrange();
  }

  stop() {
    clearTimeout(this.#told);
  }

  /* ---- its parts ---- */

  #make() {
    const { words, isPage, hasLogin } = this.#owner;
    const button = (props, ...rest) => h("button", { type: "button", ...props }, ...rest);

    return {
      title: h(isPage ? "h1" : "h2"),
      count: button({ "aria-expanded": "false", click: () => this.#toggle() }),
      out: button({ hidden: !hasLogin, click: () => this.#owner.logOut() }, words.leave),
      pinned: h("span"),
      notices: h("div", { role: "status", class: "notices" }),
      names: h("ul", { role: "list" }),
      unnamed: h("p", { class: "empty" }, words.unnamed),
      newest: button({ class: "new main", hidden: true, click: () => this.#toNewest() }),
      told: h("span", { role: "status" }),
      clock: h("span", { class: "clock", "aria-hidden": "true" }), // not read out each second
      text: h("textarea", {
        rows: 1,
        "aria-label": words.message,
        placeholder: words.placeholder,
        enterKeyHint: "send",
        keydown: (event) => this.#typed(event),
        input: () => this.#fit(),
      }),
      send: h("button", { class: "send main" }, words.send),
    };
  }

  #arrange() {
    const { words } = this.#owner;
    const { title, count, out, notices, newest, told, clock, text, send } = this.#parts;
    const submit = (event) => {
      event.preventDefault();
      this.#send();
      text.focus();
    };

    this.#parts.pin = h(
      "div",
      { class: "bar pin", hidden: true, tabIndex: 0, role: "region", "aria-label": words.pinned },
      h("b", {}, words.pinned),
      this.#parts.pinned,
    );
    this.#parts.people = h(
      "div",
      { class: "people", role: "region", "aria-label": words.who, tabIndex: 0, hidden: true },
      h("b", {}, words.who),
      this.#parts.names,
      this.#parts.unnamed,
    );
    return [
      h("header", {}, title, count, out),
      this.#parts.pin,
      notices,
      h("div", { class: "middle" }, this.#view.element, this.#parts.people, newest),
      h("div", { class: "told" }, told, clock),
      h("form", { submit }, text, send),
    ];
  }

  /* ---- what the user does ---- */

  focus() {
    this.#parts.text.focus();
  }

  /* What was written is under way. */
  empty() {
    this.#parts.text.value = "";
    this.#fit();
  }

  /* It is not, after all. */
  putBack(info) {
    const { text } = this.#parts;
    text.value ||= info;
  }

  #send() {
    const { text } = this.#parts;

    if (text.value.trim() && !text.disabled) {
      this.#owner.send(text.value);
    }
  }

  /* An input method composes with Enter, too. */
  #typed(event) {
    const isComposing = event.isComposing || event.keyCode === 229;

    if (event.key === "Enter" && !event.shiftKey && !isComposing) {
      event.preventDefault();
      this.#send();
    }
  }

  /* For the keys of the whole element: closes what is open, then goes to the newest messages. */
  escape({ key }) {
    if (key === "Escape") {
      if (!this.#parts.people.hidden) {
        this.#toggle();
      } else if (!this.#view.isFollowing) {
        this.#view.follow();
      }
      this.focus();
    }
  }

  /* The box grows with its text. */
  #fit() {
    const { text } = this.#parts;
    text.style.height = "";
    if (text.scrollHeight > text.clientHeight) {
      text.style.height = `${text.scrollHeight + 2}px`;
    }
  }

  #toggle() {
    const { people, count } = this.#parts;
    people.hidden = !people.hidden;
    count.setAttribute("aria-expanded", String(!people.hidden));
    this.#drawPeople();
  }

  #toNewest() {
    this.#view.follow();
    this.focus();
  }

  /* ---- what is said ---- */

  notice(info) {
    const { words } = this.#owner;
    const { notices } = this.#parts;
    const click = () => {
      bar.remove();
      this.focus();
    };
    const bar = h(
      "div",
      { class: "bar notice" },
      h("b", {}, words.notice),
      h("span", {}, info),
      h("button", { type: "button", "aria-label": words.close, click }, "×"),
    );

    notices.append(bar);
    if (notices.childElementCount > NOTICES) {
      notices.firstChild.remove();
    }
  }

  /* A passing word. */
  tell(text) {
    const { told } = this.#parts;

    clearTimeout(this.#told);
    this.#told = setTimeout(() => {
      this.#told = undefined;
      this.#owner.draw();
    }, TOLD_MS);
    told.classList.add("bad");
    setText(told, text);
  }

  /* ---- drawing ---- */

  draw() {
    const { title, count, pin, pinned, newest } = this.#parts;
    const { words, name, isPage, room } = this.#owner;
    const { settings, online } = room;
    const { unread, isFollowing } = this.#view;

    setText(title, name);
    setText(count, words.people(online));
    setText(pinned, settings.pinned);
    setHidden(pin, settings.pinned === "");
    setText(newest, unread ? words.newMessages(unread) : words.newest);
    setHidden(newest, isFollowing);
    this.#drawPeople();
    if (isPage) {
      const said = unread ? `(${unread}) ${name}` : name;
      document.title = document.title === said ? document.title : said;
    }
  }

  #drawPeople() {
    const { people, names, unnamed } = this.#parts;
    const { users } = this.#owner.room;

    if (people.hidden || this.#drawnUsers === users) {
      return;
    }
    this.#drawnUsers = users;
    setHidden(unnamed, users !== undefined);
    const sorted = [...(users ?? [])].sort((one, other) => one.localeCompare(other));
    const item = (id) => h("li", {}, h("bdi", { class: colorOf(id) }, id));
    names.replaceChildren(...sorted.map(item));
  }

  /* isSilent: the user may not write. mustWait: not yet. said: why; isBad: for good. next: when. */
  drawWriting({ isSilent, mustWait, said, isBad, next }) {
    const { told, clock, text, send } = this.#parts;

    if (text.disabled !== isSilent) {
      text.disabled = isSilent;
    }
    if (send.disabled !== (isSilent || mustWait)) {
      send.disabled = isSilent || mustWait;
    }
    if (!this.#told) {
      told.classList.toggle("bad", isBad);
      setText(told, said);
    }
    setText(clock, next);
  }
}

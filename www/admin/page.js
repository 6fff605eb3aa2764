/* page.js - the operators' page: signing in, and the views of who is signed in.
 *
 * The tokens are in the Session, in the memory of the page, and nowhere else: not in storage,
 * cookies or addresses. */
import { h, styleSheet } from "../elements.js";
import { Rooms, Words, hostsView, logView } from "./lists.js";
import { button, field, form, submitButton } from "./parts.js";
import { Room } from "./room.js";
import { Session, isDone, meaning, say, said } from "./session.js";
import { STYLE } from "./style.js";
import { LANGUAGE, t } from "./texts.js";

const TOKEN = /^[\x21-\x7e]+$/; // what a header takes, and what a token is made of

/* ---- signing in ---- */

const secretField = (id, text, hint) => field(id, text, { type: "password", required: true, hint });

/*
 * A form that begins a session and asks it for what only the right one gets. enter(): the session
 * and the question, as [action, fields]; or undefined if no header takes the token.
 */
function signInForm(id, title, { enter, wrong, forbidden, done }, ...fields) {
  const submit = async () => {
    const [session, ...question] = enter() ?? [];
    const answer = await session?.post(...question);

    if (answer === undefined) {
      say(wrong, "bad");
    } else if (isDone(answer)) {
      say("");
      await done(session);
    } else {
      say(answer.code === 403 ? forbidden : meaning(answer), "bad");
    }
  };

  return form(
    id,
    submit,
    "card narrow",
    h("h2", {}, title),
    ...fields.map(({ label }) => label),
    submitButton(t("signIn")),
  );
}

function operatorForm(done) {
  const secret = secretField("admin-token", t("adminToken"), t("adminTokenHint"));
  const user = field("operator-user", t("watchAs"), { value: "operator", hint: t("userHint") });
  const enter = () => {
    const token = secret.input.value.trim();
    const watcher = { user: user.input.value.trim() || "operator", token: "" };
    return TOKEN.test(token) ? [Session.operator(token, watcher), "groups", { top: 1 }] : undefined;
  };
  const about = { enter, wrong: t("wrongAdmin"), forbidden: t("wrongAdmin"), done };

  return signInForm("operator-form", t("signInOperator"), about, secret, user);
}

function moderatorForm(done) {
  const user = field("user", t("user"), { required: true });
  const secret = secretField("user-token", t("token"));
  const room = field("first-room", t("room"), { required: true });
  const group = () => room.input.value.trim();
  const enter = () => {
    const watcher = { user: user.input.value.trim(), token: secret.input.value.trim() };
    return TOKEN.test(watcher.token)
      ? [Session.moderator(watcher), "rules", { groupId: group() }]
      : undefined;
  };
  const about = { enter, wrong: t("wrongUser"), forbidden: t("noModerator") };

  about.done = (session) => done(session, group());
  return signInForm("moderator-form", t("signInModerator"), about, user, secret, room);
}

function signIn(done) {
  return h("main", { id: "sign-in" }, operatorForm(done), moderatorForm(done));
}

/* ---- the desk: who is signed in, and what is shown ---- */

class Desk {
  #views = new Map();
  #tabs = new Map();
  #shown;
  #nav = h("nav", { "aria-label": t("views") });
  #main = h("main");
  #isOver = false; // somebody has signed out

  constructor(session) {
    this.session = session;
    this.parts = [this.#nav, this.#main];
    this.#add(new Rooms(this));
    if (session.isOperator) {
      [new Words(this), hostsView(this), logView(this)].forEach((view) => this.#add(view));
    }
    this.show("rooms");
  }

  show(name) {
    this.#shown?.leave();
    this.#shown = this.#views.get(name);
    for (const [key, view] of this.#views) {
      view.element.hidden = key !== name;
      this.#tabs.get(key).setAttribute("aria-current", key === name ? "page" : "false");
    }
    return this.#shown.enter();
  }

  async openRoom(group) {
    const room = new Room(this, group);

    if (!(await room.begin())) {
      return;
    }
    if (this.#isOver) {
      room.end();
      return;
    }
    this.#drop();
    this.#add(room);
    this.show("room");
    document.querySelector("#live").focus();
  }

  closeRoom() {
    this.#drop();
    this.show("rooms");
    this.#tabs.get("rooms").focus();
  }

  refreshRules(group) {
    return this.#views.get(group === undefined ? "rooms" : "room")?.refreshRules();
  }

  end() {
    this.#isOver = true;
    this.#shown.leave();
    this.#drop();
  }

  #add(view) {
    const tab = button(`view-${view.name}`, t(view.name), () => this.show(view.name));

    this.#views.set(view.name, view);
    this.#tabs.set(view.name, tab);
    this.#nav.append(tab);
    this.#main.append(view.element);
  }

  #drop() {
    const room = this.#views.get("room");

    room?.end();
    room?.element.remove();
    this.#tabs.get("room")?.remove();
    this.#views.delete("room");
    this.#tabs.delete("room");
  }
}

/* ---- the page ---- */

let desk;
const who = h("span", { id: "who" });
const out = button("sign-out", t("signOut"), () => begin());
const header = h("header", {}, h("h1", {}, `fastim · ${t("title")}`), who, out);

/* Nobody is signed in: all that was shown or kept goes. */
function begin() {
  desk?.end();
  desk = undefined;
  who.textContent = "";
  out.hidden = true;
  document.querySelectorAll("dialog").forEach((dialog) => dialog.close());
  say("");
  document.body.replaceChildren(header, signIn(enter), said);
  document.querySelector("#admin-token").focus();
}

async function enter(session, group) {
  desk = new Desk(session);
  who.textContent = session.name;
  out.hidden = false;
  document.body.replaceChildren(header, ...desk.parts, said);
  document.querySelector("nav button").focus();
  if (group) {
    await desk.openRoom(group);
  }
}

document.adoptedStyleSheets = [styleSheet(STYLE)];
document.documentElement.lang = LANGUAGE === "zh" ? "zh-CN" : "en";
document.title = `fastim · ${t("title")}`;
addEventListener("pagehide", begin); // a browser may keep a page that one has left, with its memory
begin();

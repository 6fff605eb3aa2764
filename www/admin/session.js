/* session.js - who is signed in to the operators' page, what the server is asked and answers. */
import { h } from "../elements.js";
import { button, homeOf, own } from "./parts.js";
import { t } from "./texts.js";

const ADMIN = new URL("admin/", import.meta.url); // of the file that build.sh makes: /admin/
const ANSWER_MS = 30000; // the server gives up after 20 s by itself

/* ---- what is said and asked ---- */

export const said = h("div", { id: "said", role: "status" });

export function say(text, kind = "") {
  said.replaceChildren(...(text ? [h("span", { class: kind }, text)] : []));
}

export function meaning({ code, msg, data, waitS }) {
  const reason = data?.reason ? ` (${data.reason})` : "";
  const known = {
    0: t("noAnswer"),
    100: t("unchanged"),
    403: t("forbidden"),
    440: t("wrongUser"),
    200: typeof data === "number" ? t("doneCount", data) : t("done"),
  };
  const what = waitS ? t("wait", waitS) : (known[code] ?? t("failed"));

  return `${what}${reason} [${code || ""} ${msg}]`;
}

export function sayAnswer(label, answer) {
  say(`${label}: ${meaning(answer)}`, answer.code === 200 ? "good" : "bad");
}

/*
 * A dialog that goes when it is closed. `close` is called then. The focus goes back to where it
 * was, which may be gone meanwhile.
 */
export function open(id, title, parts, close = () => {}) {
  const opener = document.activeElement;
  const home = homeOf(opener);
  const dialog = h(
    "dialog",
    {
      id,
      "aria-labelledby": `${id}-title`,
      close: () => {
        dialog.remove();
        (opener.isConnected ? undefined : home)?.focus();
        close(dialog.returnValue);
      },
    },
    h("h2", { id: `${id}-title` }, title),
    ...parts,
  );

  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/* Asks once. Resolves to true or false. `text` is what it is about. */
function ask(question, text) {
  return new Promise((resolve) => {
    const answer = (value) => () => dialog.close(value);
    const no = button("no", t("no"), answer("no"));
    const dialog = open(
      "ask",
      question,
      [
        text !== undefined && h("p", { class: "said" }, own(text)),
        h("div", { class: "row" }, button("yes", t("yes"), answer("yes"), "danger"), no),
      ],
      (value) => resolve(value === "yes"),
    );

    no.focus();
  });
}

/* ---- the server ---- */

/* Who it is that asks: an operator by its token, or a moderator by a user's. */
export class Session {
  watcher; // {user, token}: as whom rooms are watched; without a token nobody vouches for the user
  isOperator;
  #headers;

  constructor(isOperator, headers, watcher) {
    this.isOperator = isOperator;
    this.#headers = headers;
    this.watcher = watcher;
  }

  static operator(adminToken, watcher) {
    return new Session(true, { adminToken }, watcher);
  }

  static moderator(watcher) {
    const { user, token } = watcher;
    return new Session(false, { userId: encodeURIComponent(user), token }, watcher);
  }

  get name() {
    return this.isOperator ? t("operator") : t("moderator", this.watcher.user);
  }

  /* Never throws. The answer is {code, msg, data, waitS}; code 0: there was none. */
  async post(action, fields = {}) {
    try {
      const response = await fetch(new URL(action, ADMIN), {
        method: "POST",
        body: JSON.stringify(fields),
        cache: "no-store",
        redirect: "error",
        headers: { "content-type": "application/json", ...this.#headers },
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      const { code, msg, data } = await response.json();
      return { code, msg, data, waitS: response.headers.get("retry-after") };
    } catch (error) {
      return { code: 0, msg: error.message, data: null };
    }
  }

  /* Asks if there is a question, does it, and says what the server answered. */
  async act(label, action, fields, question, text) {
    if (question && !(await ask(question, text))) {
      return { code: -1 };
    }
    const answer = await this.post(action, fields);
    sayAnswer(label, answer);
    return answer;
  }
}

export const isDone = ({ code }) => code === 200;

/* Names a send, so that it may be tried again: crypto.randomUUID wants https. */
export function freshId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(36)).join(
    "",
  );
}

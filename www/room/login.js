/* login.js - a room's form for name and password, and what is kept of a login, for this tab alone.
 *
 * A login is {user, token}. `server` is the address of fastim, with a / at its end. */
import { h, setText } from "../elements.js";

/* ---- what is kept as long as this tab is open ---- */

const keyOf = (server) => `fastim ${server}`;

export function keptLogin(server) {
  try {
    return JSON.parse(sessionStorage.getItem(keyOf(server))) ?? undefined;
  } catch {
    return undefined;
  }
}

/* undefined: nobody is logged in any more. */
export function keepLogin(server, login) {
  try {
    if (login) {
      sessionStorage.setItem(keyOf(server), JSON.stringify(login));
    } else {
      sessionStorage.removeItem(keyOf(server));
    }
  } catch {
    // the browser keeps nothing: then it is known until the page is left
  }
}

/* ---- the server ---- */

/* Never throws. The answer is {login} or {error}, a text. */
async function logIn(server, words, userId, password) {
  try {
    const response = await fetch(`${server}user/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ userId, password }),
    });
    const { code, msg } = await response.json();
    const after = response.headers.get("retry-after");
    if (code === 200) {
      return { login: { user: userId, token: msg } };
    }
    return { error: after ? words.tooOften(after) : words.noLogin };
  } catch {
    return { error: words.noAnswer };
  }
}

export async function logOut(server, { user, token }) {
  const headers = { userId: encodeURIComponent(user), token };
  await fetch(`${server}user/logout`, { method: "POST", headers }).catch(() => {});
}

/* ---- the form ---- */

/* Says at first what is `said`. done(login): somebody has logged in. */
export function loginForm({ server, words, said, done }) {
  const told = h("div", { class: "told bad", role: "alert" }, said);
  const user = h("input", { name: "user", autocomplete: "username", required: true });
  const password = h("input", {
    name: "password",
    type: "password",
    autocomplete: "current-password",
  });
  const button = h("button", { class: "main" }, words.enter);
  const submit = async (event) => {
    event.preventDefault();
    button.disabled = true;
    const { login, error } = await logIn(server, words, user.value.trim(), password.value);
    button.disabled = false;
    if (login) {
      done(login);
    } else {
      setText(told, error);
      user.focus();
    }
  };

  user.setAttribute("autocapitalize", "none");
  return h(
    "form",
    { class: "login", submit },
    h("label", {}, words.name, user),
    h("label", {}, words.password, password, h("small", {}, words.passwordHint)),
    button,
    told,
  );
}

/* items.js - the elements of single messages: stored ones, and one's own that are pending. */
import { h } from "../elements.js";
import { colorOf } from "./style.js";

const LONG = 1500; // characters: a longer text scrolls by itself

function textOf(info) {
  const isLong = info.length > LONG || info.split("\n").length > 20;
  return h("div", isLong ? { class: "text long", tabIndex: 0 } : { class: "text" }, info);
}

/* Makes them. The owner is {words, canRecall(message), recall(message), retry(id), cancel(id)}. */
export class Items {
  #owner;
  #times;
  #days;

  constructor(owner) {
    const { locale } = owner.words;

    this.#owner = owner;
    this.#times = new Intl.DateTimeFormat(locale, { timeStyle: "short" });
    this.#days = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
  }

  stored(message) {
    const { words } = this.#owner;
    const { userId, info, ts, own } = message;
    const date = new Date(ts);
    const isToday = date.toDateString() === new Date().toDateString();
    const head = h(
      "div",
      { class: "head" },
      h("bdi", { class: `who ${colorOf(userId)}` }, userId),
      h(
        "time",
        { dateTime: date.toISOString(), title: this.#days.format(date) },
        (isToday ? this.#times : this.#days).format(date),
      ),
    );
    const element = h("li", { class: own ? "own" : "other" }, head, textOf(info));

    if (this.#owner.canRecall(message)) {
      const label = words.recallOf(userId, info.slice(0, 60));
      const click = () => this.#owner.recall(message);
      element.append(
        h("button", { class: "recall", type: "button", "aria-label": label, click }, words.recall),
      );
    }
    return element;
  }

  pending({ id, info, state, error }) {
    const { words } = this.#owner;
    const isFailed = state === "failed";
    const button = (word, click) => h("button", { type: "button", click }, word);
    const props = { class: `own pending ${state}`, "aria-live": "off" }; // read out once stored
    const element = h("li", props, textOf(info));
    const said = isFailed ? words.error(error) : words[state];

    if (isFailed) {
      element.append(button(words.retry, () => this.#owner.retry(id)));
    }
    if (state !== "sent") {
      element.append(button(words.cancel, () => this.#owner.cancel(id)));
    }
    element.append(h("div", { class: "state" }, said));
    return element;
  }
}

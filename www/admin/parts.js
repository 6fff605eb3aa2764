/* parts.js - what the operators' page is made of: fields, forms, tables. */
import { h } from "../elements.js";
import { t, durationOf } from "./texts.js";

const DURATIONS_S = [600, 3600, 86400, 604800, 2592000, 0]; // of a mute or ban; 0: for ever

/* ---- parts of a page ---- */

/* Whatever comes from outside may be written from right to left. */
export const own = (text) => h("bdi", {}, String(text));

export function button(id, text, click, kind = "") {
  return h("button", { type: "button", class: kind, "data-do": id, click }, text);
}

/* A labelled input, textarea or select: its parts are .label and .input. */
export function field(id, text, { tag = "input", hint, ...props } = {}, ...options) {
  const about = hint ? { "aria-describedby": `${id}-hint` } : {};
  const defaults =
    tag === "select" ? {} : { autocomplete: "off", spellcheck: false, autocapitalize: "off" };
  const input = h(tag, { id, ...defaults, ...about, ...props }, ...options);

  return {
    input,
    label: h(
      "div",
      { class: "field" },
      h("label", { for: id }, text),
      input,
      hint && h("span", { id: `${id}-hint`, class: "hint" }, hint),
    ),
  };
}

export function tick(id, text) {
  const input = h("input", { type: "checkbox", id });

  return { input, label: h("label", { class: "tick" }, input, text) };
}

export function durations(id) {
  const options = DURATIONS_S.map((seconds) =>
    h("option", { value: seconds }, durationOf(seconds)),
  );

  return field(id, t("duration"), { tag: "select" }, ...options);
}

/* A form whose answer is a promise. While that is under way it cannot be sent again. */
export function form(id, submit, kind, ...parts) {
  let isBusy = false;

  return h(
    "form",
    {
      id,
      class: kind,
      submit: async (event) => {
        event.preventDefault();
        if (!isBusy) {
          isBusy = true;
          await submit().finally(() => (isBusy = false));
        }
      },
    },
    ...parts,
  );
}

export const submitButton = (text, kind = "main") => h("button", { class: kind }, text);

/* Where the focus goes if what had it is gone. */
export function homeOf(node) {
  return node.closest("[tabindex]") ?? node.closest("details")?.firstElementChild;
}

/* Makes nodes the children, in this order. Those that stay keep the focus and the scrolling. */
export function arrange(parent, nodes) {
  const wanted = new Set(nodes);
  const focused = parent.contains(document.activeElement) ? document.activeElement : undefined;

  for (const child of [...parent.children]) {
    if (!wanted.has(child)) {
      child.remove();
    }
  }
  nodes.forEach((node, i) => {
    if (parent.children[i] !== node) {
      parent.insertBefore(node, parent.children[i] ?? null);
    }
  });
  if (focused && focused !== document.activeElement) {
    (focused.isConnected ? focused : homeOf(parent))?.focus({ preventScroll: true });
  }
}

/* A table whose rows are {key, cells}. A cell is a text, or makes a node, once for each key. */
export class Table {
  #rows = new Map();
  #body = h("tbody");
  #none;

  constructor(id, caption, heads, none) {
    const row = h("tr", {}, ...heads.map((head) => h("th", { scope: "col" }, head)));

    this.#none = h("p", { class: "faint" }, none);
    this.element = h(
      "div",
      { id, class: "scroll", tabIndex: 0, role: "region", "aria-label": caption },
      h("table", {}, h("caption", {}, caption), h("thead", {}, row), this.#body),
      this.#none,
    );
  }

  fill(rows) {
    const before = this.#rows;

    this.#rows = new Map(rows.map(({ key, cells }) => [key, before.get(key) ?? this.#row(cells)]));
    for (const { key, cells } of rows) {
      cells.forEach((cell, i) => {
        const place = this.#rows.get(key).children[i];
        if (typeof cell === "string" && place.textContent !== cell) {
          place.replaceChildren(own(cell));
        }
      });
    }
    arrange(this.#body, [...this.#rows.values()]);
    this.#none.hidden = rows.length > 0;
  }

  #row(cells) {
    const cell = (make) => h("td", {}, typeof make === "string" ? own(make) : make());
    return h("tr", {}, ...cells.map(cell));
  }
}

/*
 * A list whose items are {text, label, name, undo}: a text, which is fresh for each item, and if
 * there is an undo, a button for it.
 */
export function undoList(id) {
  const list = h("ul", { id, class: "list" });
  let shown = new Map();

  const item = ({ text, label, name, undo }) =>
    h(
      "li",
      {},
      h("span", {}, own(text)),
      undo &&
        h(
          "button",
          { type: "button", "data-do": "undo", "aria-label": `${label} ${name}`, click: undo },
          label,
        ),
    );
  const fill = (items) => {
    const all = items.length ? items : [{ text: t("none") }];

    shown = new Map(all.map((each) => [each.text, shown.get(each.text) ?? item(each)]));
    arrange(list, [...shown.values()]);
  };

  return { list, fill };
}

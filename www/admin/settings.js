/* settings.js - the settings and attributes of a room on the operators' page. */
import { field, form, submitButton, tick, undoList } from "./parts.js";
import { isDone, say } from "./session.js";
import { t } from "./texts.js";

/* ---- a room ---- */

/* The settings and attributes. What somebody is changing is not overwritten by what comes. */
export class Settings {
  #room;
  #last = {}; // as the server said
  #inputs = {};
  #attrs = undoList("attr-list");

  constructor(room, isOperator) {
    const number = { type: "number", min: 0, step: 1, inputMode: "numeric" };
    const fields = {
      slow: field("slow", t("slow"), number),
      quiet: tick("quiet", t("quiet")),
      ...(isOperator && { cap: field("cap", t("cap"), number) }),
      pinned: field("pinned", t("pinned"), { tag: "textarea", rows: 2 }),
    };

    this.#room = room;
    for (const [key, { input }] of Object.entries(fields)) {
      this.#inputs[key] = input;
    }
    this.form = form(
      "settings-form",
      () => this.#save(),
      "",
      ...Object.values(fields).map(({ label }) => label),
      submitButton(t("save")),
    );
    this.attrs = [this.#attrs.list, this.#attrForm()];
  }

  #value(key) {
    const input = this.#inputs[key];
    return input.type === "checkbox"
      ? input.checked
      : input.type === "number"
        ? Number(input.value)
        : input.value;
  }

  draw(settings, isMine = false) {
    for (const [key, input] of Object.entries(this.#inputs)) {
      if (isMine || this.#last[key] === undefined || this.#value(key) === this.#last[key]) {
        input[input.type === "checkbox" ? "checked" : "value"] = settings[key];
      }
      this.#last[key] = settings[key];
    }
    this.#attrs.fill(
      Object.entries(settings.attrs).map(([name, value]) => ({
        text: `${name} = ${value}`,
        label: t("remove"),
        name,
        undo: () => this.#set(`${t("remove")} ${name}`, { [`attr.${name}`]: "" }),
      })),
    );
  }

  async #save() {
    const changed = Object.keys(this.#inputs).filter((key) => this.#value(key) !== this.#last[key]);

    if (changed.length === 0) {
      say(`${t("settings")}: ${t("unchanged")}`);
      return;
    }
    const values = changed.map((key) => [key, this.#value(key)]);
    await this.#set(t("settings"), Object.fromEntries(values), true);
  }

  async #set(label, fields, isMine) {
    const answer = await this.#room.act(label, "settings", fields);

    if (answer.data?.attrs) {
      this.draw(answer.data, isMine);
    }
    return answer;
  }

  #attrForm() {
    const name = field("attr-name", t("name"), { required: true });
    const value = field("attr-value", t("value"));

    return form(
      "attr-form",
      async () => {
        const key = name.input.value.trim();
        if (
          isDone(
            await this.#set(`${t("attributes")} ${key}`, { [`attr.${key}`]: value.input.value }),
          )
        ) {
          name.input.value = value.input.value = "";
        }
      },
      "row",
      name.label,
      value.label,
      submitButton(t("save")),
    );
  }
}

/* lists.js - the views of the operators' page that are lists: rooms, words, hosts, log.
 *
 * A view is {name, element, enter(), leave()}: entered when it is shown, left when it no
 * longer is. */
import { h } from "../elements.js";
import { Table, button, durations, field, form, submitButton, undoList } from "./parts.js";
import { isDone, sayAnswer } from "./session.js";
import { durationOf, t, timeOf, untilOf } from "./texts.js";

const REFRESH_MS = 5000; // of the busy rooms, while somebody sees them

/* ---- the views: {name, element, enter(), leave()} ---- */

/* Bans in a room, or everywhere if group is undefined. */
export class Bans {
  #desk;
  #group;
  #list;
  #kind; // an id may look like an address
  #whom;
  #duration;

  constructor(desk, id, group) {
    this.#desk = desk;
    this.#group = group;
    this.#list = undoList(`${id}-list`);
    this.#kind = field(
      `${id}-kind`,
      t("kind"),
      { tag: "select" },
      h("option", { value: "userId" }, t("user")),
      h("option", { value: "address" }, t("ipAddress")),
    );
    this.#whom = field(`${id}-whom`, t("whom"), { required: true });
    this.#duration = durations(`${id}-duration`);
    this.parts = [
      this.#list.list,
      form(
        `${id}-form`,
        () => this.#ban(),
        "row",
        this.#kind.label,
        this.#whom.label,
        this.#duration.label,
        submitButton(t("ban"), "danger"),
      ),
    ];
  }

  fill(bans) {
    this.#list.fill(
      bans.map(({ userId, address, until }) => ({
        text: `${userId ?? t("address", address)} · ${untilOf(until)}`,
        label: t("unban"),
        name: userId ?? address,
        undo: () =>
          this.#act(
            `${t("unban")} ${userId ?? address}`,
            "unban",
            userId !== undefined ? { userId } : { address },
          ),
      })),
    );
  }

  async #act(label, action, fields, question) {
    const where = this.#group === undefined ? {} : { groupId: this.#group };
    const answer = await this.#desk.session.act(label, action, { ...where, ...fields }, question);

    if (answer.code !== -1) {
      await this.#desk.refreshRules(this.#group);
    }
    return answer;
  }

  async #ban() {
    const whom = this.#whom.input.value.trim();
    const seconds = Number(this.#duration.input.value);
    const where = this.#group === undefined ? t("inAll") : t("here");
    const question = t("askBan", whom, where, durationOf(seconds));
    const fields = { [this.#kind.input.value]: whom, seconds };

    if (isDone(await this.#act(`${t("ban")} ${whom}`, "ban", fields, question))) {
      this.#whom.input.value = "";
    }
  }
}

export class Rooms {
  name = "rooms";
  #desk;
  #table = new Table("busy", t("busy"), [t("room"), t("online"), t("open")], t("noRooms"));
  #bans;
  #timer;

  constructor(desk) {
    const room = field("open-room", t("room"), { required: true });
    const openForm = form(
      "open-form",
      () => desk.openRoom(room.input.value.trim()),
      "row",
      room.label,
      submitButton(t("open")),
    );

    this.#desk = desk;
    this.element = h(
      "section",
      { id: "rooms", "aria-label": t("rooms") },
      h("h2", {}, t("openRoom")),
      openForm,
    );
    if (desk.session.isOperator) {
      this.#bans = new Bans(desk, "all-bans");
      this.element.append(
        this.#table.element,
        this.#noticeToAll(),
        h("section", {}, h("h2", {}, t("everywhere")), ...this.#bans.parts),
      );
    }
  }

  enter() {
    if (this.#desk.session.isOperator) {
      this.#timer = setInterval(() => document.hidden || this.#refresh(), REFRESH_MS);
      this.refreshRules();
      return this.#refresh();
    }
  }

  leave() {
    clearInterval(this.#timer);
  }

  async #refresh() {
    const answer = await this.#desk.session.post("groups");

    if (isDone(answer)) {
      this.#table.fill(
        answer.data.map(({ groupId, online }) => ({
          key: groupId,
          cells: [
            groupId,
            String(online),
            () =>
              h(
                "button",
                {
                  type: "button",
                  "data-do": "open",
                  "aria-label": `${t("open")} ${groupId}`,
                  click: () => this.#desk.openRoom(groupId),
                },
                t("open"),
              ),
          ],
        })),
      );
    } else {
      sayAnswer(t("busy"), answer);
    }
  }

  async refreshRules() {
    const answer = await this.#desk.session.post("rules");

    if (answer.data?.bans) {
      this.#bans.fill(answer.data.bans);
    }
    if (!isDone(answer)) {
      sayAnswer(t("everywhere"), answer);
    }
  }

  #noticeToAll() {
    const info = field("notice-all", t("say"), {
      tag: "textarea",
      rows: 2,
      required: true,
      hint: t("noticeHint"),
    });

    return h(
      "section",
      {},
      h("h2", {}, t("noticeAll")),
      form(
        "notice-all-form",
        async () => {
          const text = info.input.value;
          if (
            isDone(
              await this.#desk.session.act(
                t("noticeAll"),
                "notice",
                { info: text },
                t("askNoticeAll"),
                text,
              ),
            )
          ) {
            info.input.value = "";
          }
        },
        "",
        info.label,
        submitButton(t("send")),
      ),
    );
  }
}

export class Words {
  name = "words";
  #desk;
  #list = undoList("word-list");
  #word = field("word", t("word"), { required: true });

  constructor(desk) {
    this.#desk = desk;
    this.element = h(
      "section",
      { id: "words", "aria-label": t("words") },
      h(
        "div",
        { class: "row" },
        h("h2", {}, t("wordsTitle")),
        button("refresh", t("refresh"), () => this.enter()),
      ),
      form("word-form", () => this.#add(), "row", this.#word.label, submitButton(t("add"))),
      h(
        "div",
        { class: "scroll", tabIndex: 0, role: "region", "aria-label": t("wordsTitle") },
        this.#list.list,
      ),
    );
  }

  async enter() {
    const answer = await this.#desk.session.post("words");

    if (Array.isArray(answer.data)) {
      const words = answer.data.sort((a, b) => a.localeCompare(b));
      this.#list.fill(
        words.length
          ? words.map((word) => ({
              text: word,
              label: t("remove"),
              name: word,
              undo: () => this.#change(t("remove"), { remove: word }, t("askUnword", word)),
            }))
          : [{ text: t("noWords") }],
      );
    }
    if (!isDone(answer)) {
      sayAnswer(t("words"), answer);
    }
  }

  leave() {}

  async #add() {
    const word = this.#word.input.value.trim();

    if (isDone(await this.#change(t("add"), { add: word }, t("askWord", word)))) {
      this.#word.input.value = "";
    }
  }

  async #change(label, fields, question) {
    const answer = await this.#desk.session.act(
      `${label} ${fields.add ?? fields.remove}`,
      "words",
      fields,
      question,
    );

    if (answer.code !== -1) {
      await this.enter();
    }
    return answer;
  }
}

/* A table that is read when it is shown, and again when somebody wants it. */
class Listing {
  #session;
  #table;
  #rows;

  constructor(desk, name, title, heads, rows) {
    this.name = name;
    this.#session = desk.session;
    this.#rows = rows;
    this.#table = new Table(`${name}-table`, title, heads, t("none"));
    this.element = h(
      "section",
      { id: name, "aria-label": t(name) },
      h(
        "div",
        { class: "row" },
        h("h2", {}, title),
        button("refresh", t("refresh"), () => this.enter()),
      ),
      this.#table.element,
    );
  }

  async enter() {
    const answer = await this.#session.post(this.name);

    if (isDone(answer)) {
      this.#table.fill(answer.data.map((item, i) => ({ key: i, cells: this.#rows(item) })));
    } else {
      sayAnswer(t(this.name), answer);
    }
  }

  leave() {}
}

export function hostsView(desk) {
  return new Listing(
    desk,
    "hosts",
    t("hostsTitle"),
    [t("host"), t("connections"), t("groups"), t("daemon")],
    ({ host, connections, groups, daemon }) => [host, String(connections), String(groups), daemon],
  );
}

export function logView(desk) {
  const detail = ([key, value]) =>
    `${key}: ${typeof value === "string" ? value : JSON.stringify(value)}`;

  return new Listing(
    desk,
    "log",
    t("logTitle"),
    [t("when"), t("who"), t("as"), t("what"), t("details")],
    ({ when, who, as, what, ...rest }) => [
      timeOf(when),
      String(who),
      String(as),
      String(what),
      Object.entries(rest).map(detail).join("\n"),
    ],
  );
}

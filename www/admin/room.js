/* room.js - a room on the operators' page: live, with all that may be done in it. */
import { h } from "../elements.js";
import { Bans } from "./lists.js";
import { Live } from "./live.js";
import { button, durations, field, form, own, submitButton, tick, undoList } from "./parts.js";
import { freshId, isDone, open, sayAnswer } from "./session.js";
import { Settings } from "./settings.js";
import { durationOf, t, untilOf } from "./texts.js";

export class Room {
  name = "room";
  #desk;
  #session;
  #settings;
  #bans;
  #mutes = undoList("mute-list");
  #roles = undoList("role-list");
  #live;
  #sending = {}; // a message as a user that may have to be sent again

  constructor(desk, group) {
    this.group = group;
    this.#desk = desk;
    this.#session = desk.session;
    this.#settings = new Settings(this, this.#session.isOperator);
    this.#bans = new Bans(desk, "bans", group);
    this.#live = new Live({
      group,
      session: this.#session,
      act: (userId, message) => this.#actions(userId, message),
      join: (userId) => this.#join(userId),
      settings: (settings) => this.#settings.draw(settings),
    });
    this.element = h(
      "section",
      { id: "room", "aria-label": t("room") },
      this.#head(),
      h("div", { class: "columns" }, this.#left(), this.#right()),
    );
  }

  /* False: there is no such room for this session. */
  async begin() {
    const answer = await this.refreshRules();

    if (answer.code === 400 || answer.code === 403) {
      return false;
    }
    this.#live.watch();
    return true;
  }

  enter() {
    this.#live.toBottom();
  }

  leave() {}

  end() {
    this.#live.end();
  }

  /* ---- acting ---- */

  async act(label, action, fields, question, text) {
    const answer = await this.#session.act(
      label,
      action,
      { groupId: this.group, ...fields },
      question,
      text,
    );

    if (answer.code !== -1 && !["recall", "purge", "clear", "notice", "message"].includes(action)) {
      await this.refreshRules();
    }
    return answer;
  }

  async refreshRules() {
    const answer = await this.#session.post("rules", { groupId: this.group });
    const { settings, bans, mutes, roles } = answer.data ?? {};

    if (roles) {
      this.#settings.draw(settings);
      this.#bans.fill(bans);
      this.#mutes.fill(
        mutes.map(({ userId, until }) => ({
          text: `${userId} · ${untilOf(until)}`,
          label: t("unmute"),
          name: userId,
          undo: () => this.act(`${t("unmute")} ${userId}`, "unmute", { userId }),
        })),
      );
      this.#roles.fill(
        roles.map(({ userId, role }) => ({
          text: `${userId} · ${role}`,
          label: t("remove"),
          name: userId,
          undo:
            this.#session.isOperator &&
            (() => this.act(`${t("noRole")} ${userId}`, "role", { userId, role: "" })),
        })),
      );
    }
    if (!isDone(answer)) {
      sayAnswer(roles ? t("notAll") : t("room"), answer);
    }
    return answer;
  }

  /* What may be done to a user; and to the message, if there is one. */
  #actions(userId, message) {
    const duration = durations("act-duration");
    const everywhere = tick("act-everywhere", t("inAllRooms"));
    const purge = tick("act-purge", t("alsoPurge"));
    const isOperator = this.#session.isOperator;
    const row = (...parts) => h("div", { class: "row" }, ...parts);
    const close = () => dialog.close();
    const doing = (id, kind = "danger") =>
      button(
        id,
        t(id),
        async () => {
          const all = isOperator && everywhere.input.checked;
          const did = await this.#do(id, userId, {
            message,
            all,
            seconds: Number(duration.input.value),
            purges: purge.input.checked,
          });
          if (did && dialog.isConnected) {
            close();
          }
        },
        kind,
      );
    const dialog = open("actions", t("actOn", userId), [
      message && h("p", { class: "said" }, own(message.info)),
      duration.label,
      isOperator && everywhere.label,
      purge.label,
      row(message && doing("recall"), doing("mute"), doing("kick"), doing("ban"), doing("purge")),
      row(button("close", t("close"), close)),
    ]);
  }

  /* Returns false if somebody has thought better of it. */
  async #do(what, userId, { message, all, seconds, purges }) {
    const where = all ? t("inAll") : t("here");
    const long = durationOf(seconds);
    const [question, fields, text] = {
      recall: () => [t("askRecall", userId), { ts: message.ts }, message.info],
      mute: () => [t("askMute", userId, long), { seconds }],
      kick: () => [t("askKick", userId, where), all ? { groupId: undefined } : {}],
      ban: () => [
        t(purges ? "askBanPurge" : "askBan", userId, where, long),
        all ? { seconds, groupId: undefined } : { seconds, purge: purges ? 1 : 0 },
      ],
      purge: () => [t("askPurge", userId), {}],
    }[what]();
    const answer = await this.act(
      `${t(what)} ${userId}`,
      what,
      { userId, ...fields },
      question,
      text,
    );

    if (what === "ban" && all && purges && (isDone(answer) || answer.code === 100)) {
      await this.act(`${t("ban")}, ${t("purge")} ${userId}`, "purge", { userId });
    }
    return answer.code !== -1;
  }

  async #join(userId) {
    const answer = await this.act(`${t("room")} ${userId}`, "join", { userId });
    return answer.code === 200 || answer.code === 100; // 100: it was one before
  }

  /* ---- its parts ---- */

  #head() {
    return h(
      "div",
      { class: "row" },
      h("h2", { id: "room-name" }, own(this.group)),
      this.#live.state,
      button("leave", t("leave"), () => this.#desk.closeRoom()),
    );
  }

  #left() {
    return h(
      "div",
      {},
      this.#live.messages,
      this.#says(
        "notice",
        t("notice"),
        (info) => this.act(t("notice"), "notice", { info }, t("askNotice"), info),
        t("noticeHint"),
      ),
      this.#session.isOperator && this.#asUser(),
    );
  }

  /* A form for a text. */
  #says(id, title, send, hint, ...fields) {
    const info = field(`${id}-info`, t("say"), { tag: "textarea", rows: 2, required: true, hint });

    return this.#part(
      id,
      title,
      form(
        `${id}-form`,
        async () => {
          if (isDone(await send(info.input.value))) {
            info.input.value = "";
          }
        },
        "",
        ...fields,
        info.label,
        submitButton(t("send")),
      ),
    );
  }

  #asUser() {
    const user = field("message-user", t("user"), {
      value: this.#session.watcher.user,
      required: true,
    });

    return this.#says(
      "message",
      t("asUser"),
      (info) => {
        const userId = user.input.value.trim();
        if (this.#sending.userId !== userId || this.#sending.info !== info) {
          this.#sending = { userId, info, id: freshId() };
        }
        return this.act(
          `${t("asUser")} ${userId}`,
          "message",
          this.#sending,
          t("askMessage", userId),
          info,
        ).then((answer) => {
          this.#sending = isDone(answer) ? {} : this.#sending;
          return answer;
        });
      },
      undefined,
      user.label,
    );
  }

  #right() {
    const isOperator = this.#session.isOperator;
    const clear = button(
      "clear",
      t("clear"),
      () => this.act(t("clear"), "clear", {}, t("askClear", this.group)),
      "danger",
    );

    return h(
      "div",
      {},
      this.#part("settings", t("settings"), this.#settings.form),
      isOperator && this.#part("attributes", t("attributes"), ...this.#settings.attrs),
      this.#part("mutes", t("mutes"), this.#mutes.list, this.#muteForm()),
      this.#part("bans", t("bans"), ...this.#bans.parts),
      this.#part("roles", t("roles"), this.#roles.list, isOperator && this.#roleForm()),
      this.#part("users-part", t("users"), this.#live.users),
      clear,
    );
  }

  #part(id, title, ...parts) {
    return h("details", { id, open: true }, h("summary", {}, title), ...parts);
  }

  #muteForm() {
    const user = field("mute-user", t("user"), { required: true });
    const duration = durations("mute-duration");

    return form(
      "mute-form",
      async () => {
        if (
          await this.#do("mute", user.input.value.trim(), { seconds: Number(duration.input.value) })
        ) {
          user.input.value = "";
        }
      },
      "row",
      user.label,
      duration.label,
      submitButton(t("mute"), "danger"),
    );
  }

  #roleForm() {
    const user = field("role-user", t("user"), { required: true });
    const role = field(
      "role-role",
      t("role"),
      { tag: "select" },
      ...["mod", "vip"].map((name) => h("option", { value: name }, name)),
    );

    return form(
      "role-form",
      async () => {
        const [userId, name] = [user.input.value.trim(), role.input.value];
        if (
          isDone(
            await this.act(
              `${t("role")} ${userId}`,
              "role",
              { userId, role: name },
              t("askRole", userId, name),
            ),
          )
        ) {
          user.input.value = "";
        }
      },
      "row",
      user.label,
      role.label,
      submitButton(t("save"), "danger"),
    );
  }
}

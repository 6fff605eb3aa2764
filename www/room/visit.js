/* visit.js - somebody in a room, from entering until leaving: what is asked of fastim.js, and what
 * its answers mean for what is shown. */
import { fastim } from "../fastim.js";
import { Frame } from "./frame.js";
import { MessageView } from "./list.js";

const KEEP = 500; // messages that the room has

const seconds = (ms) => Math.ceil(ms / 1000);

const isSame = (one) => (other) => one.ts === other.ts && one.userId === other.userId;

/*
 * The owner is {words, server, group, user, token, name, isPage, hasLogin, logOut(),
 * loginEnded(said)}. name: null, or what the heading is to say. loginEnded: the server takes the
 * token no more, and why. The others are as in fastim.js and frame.js.
 */
export class Visit {
  #owner;
  #room;
  #view;
  #frame;
  #aborts = new Map(); // AbortControllers of what waits, by id
  #lastOwn = 0; // ts of one's own newest message
  #wait = 0; // until when nothing may be sent, by the server's clock
  #back = 0; // until when one is kept out
  #error; // why the room is closed, or why it will be
  #clock;
  #isMod = false; // for the messages that are drawn
  #isOver = false;

  constructor(owner) {
    const { server, group, user, token } = owner;
    const options = { group, user, batch: true, keep: KEEP };

    this.#owner = owner;
    this.#room = fastim(server, token ? { ...options, token } : options);
    const parts = this.#ownerOfParts();
    this.#view = new MessageView(parts);
    this.#frame = new Frame(parts, this.#view);
    this.#listen();
  }

  get room() {
    return this.#room;
  }

  get nodes() {
    return this.#frame.nodes;
  }

  end() {
    this.#isOver = true;
    clearInterval(this.#clock);
    this.#frame.stop();
    this.#view.stop();
    this.#room.close();
  }

  focus() {
    this.#frame.focus();
  }

  escape(event) {
    this.#frame.escape(event);
  }

  #ownerOfParts() {
    const { words, group, isPage, hasLogin } = this.#owner;
    const room = this.#room;
    const owner = this.#owner;

    return {
      words,
      room,
      isPage,
      hasLogin,
      get isOpen() {
        return room.state === "open";
      },
      get name() {
        return owner.name ?? (room.settings.attrs.title || group);
      },
      canRecall: ({ own }) => own || this.#isMod,
      recall: ({ ts, userId, own }) => this.#do(room.recall(ts, own ? undefined : userId)),
      retry: (id) => this.#do(room.retry(id)),
      cancel: (id) => this.#cancel(id),
      send: (info) => this.#send(info),
      logOut: () => owner.logOut(),
      moved: () => this.#drawAround(),
      draw: () => this.draw(),
    };
  }

  /* ---- what the room says ---- */

  #listen() {
    const on = (type, handler) => this.#room.on(type, (value) => this.#isOver || handler(value));

    on("messages", (messages) => this.#came(messages));
    on("reset", (list) => {
      this.#view.reset();
      this.#sawOwn(list);
    });
    on("recall", (gone) => this.#view.removed(isSame(gone)));
    on("purge", ({ userId }) => this.#view.removed((message) => message.userId === userId));
    on("clear", () => this.#view.removed(() => true));
    on("notice", ({ info }) => this.#frame.notice(info));
    on("you", ({ role }) => this.#may(role === "mod"));
    on("state", (state) => this.#moved(state));
    on("error", (error) => this.#failed(error));
    on("change", () => this.draw());
  }

  #may(isMod) {
    if (this.#isMod !== isMod) {
      this.#isMod = isMod;
      this.#view.redraw();
    }
  }

  #came(messages) {
    this.#view.added(messages.length);
    this.#sawOwn(messages);
  }

  /* Also what another window of the same user sends. */
  #sawOwn(messages) {
    const last = messages.findLast(({ own }) => own);
    this.#lastOwn = Math.max(this.#lastOwn, last?.ts ?? 0);
  }

  #moved(state) {
    if (state === "open") {
      this.#error = undefined;
      this.#back = 0;
    } else if (state === "closed" && this.#error?.code === 440) {
      this.#owner.loginEnded(this.#owner.words.error(this.#error));
    }
  }

  #failed(error) {
    this.#error = error;
    if (error.retryAfter && error.code === 403) {
      this.#back = this.#room.now() + error.retryAfter;
    } else if (error.code !== 440) {
      this.#frame.tell(this.#owner.words.error(error));
    }
  }

  /* ---- what the user does, and what becomes of it ---- */

  async #do(promise) {
    try {
      await promise;
    } catch (error) {
      if (!this.#isOver) {
        this.#refused(error);
      }
    }
  }

  async #send(info) {
    if (this.#mustWait()) {
      return;
    }
    const abort = new AbortController();
    const before = this.#room.pending.length;
    const sent = this.#room.send(info, { signal: abort.signal });
    const { id, state } = this.#room.pending[before] ?? {}; // none: it was refused at once
    this.#frame.empty();
    if (state === "waiting") {
      this.#aborts.set(id, abort);
    }
    this.#view.follow();
    await this.#do(sent);
    this.#aborts.delete(id);
    if (!this.#isOver) {
      if (!id) {
        this.#frame.putBack(info);
      }
      this.draw();
    }
  }

  /* Without a reason it was taken back. */
  #refused(error) {
    if (error.reason === "slow" && error.retryAfter) {
      this.#wait = this.#room.now() + error.retryAfter;
    } else if (error.reason) {
      this.#frame.tell(this.#owner.words.error(error));
    }
  }

  #cancel(id) {
    this.#aborts.get(id)?.abort();
    this.#aborts.delete(id);
    this.#room.discard(id);
    if (this.#room.pending.some((entry) => entry.id === id)) {
      this.#frame.tell(this.#owner.words.tooLate);
    }
    this.focus();
  }

  /* ---- whether one may write ---- */

  /* Ms until something may be sent again. */
  #mustWait() {
    const { settings, you } = this.#room;
    const slow = you.role || !this.#lastOwn ? 0 : this.#lastOwn + settings.slow * 1000;
    return Math.max(0, settings.slow ? slow - this.#room.now() : 0, this.#wait - this.#room.now());
  }

  /* Why this user may not write at all; "": may. */
  #silence() {
    const { settings, you, state } = this.#room;
    const { words } = this.#owner;
    const until = (ms) =>
      new Intl.DateTimeFormat(words.locale, { dateStyle: "short", timeStyle: "medium" }).format(ms);
    const isMuted = you.muted === -1 || you.muted > this.#room.now();

    if (state === "closed") {
      return words.error(this.#error ?? { reason: "closed" });
    }
    if (isMuted) {
      return you.muted === -1 ? words.reasons.muted : words.mutedUntil(until(you.muted));
    }
    return settings.quiet && !you.role ? words.reasons.quiet : "";
  }

  /* Ms until one who was removed may come back. */
  #mustStayOut() {
    const isOut = this.#room.state === "waiting";
    return isOut ? Math.max(0, this.#back - this.#room.now()) : 0;
  }

  #stateText() {
    const { state } = this.#room;
    const { words } = this.#owner;

    if (!navigator.onLine && state !== "open") {
      return words.offline;
    }
    return { connecting: words.connecting, waiting: words.lost }[state] ?? "";
  }

  /* ---- drawing ---- */

  draw() {
    this.#view.draw();
    this.#drawAround();
  }

  #drawAround() {
    const { words } = this.#owner;
    const wait = this.#mustWait();
    const silence = this.#silence();
    const out = this.#mustStayOut();
    const why = out > 0 ? words.reasons.banned : silence || this.#stateText();
    const next = wait > 0 && !why ? words.next(seconds(wait)) : "";

    this.#frame.draw();
    this.#frame.drawWriting({
      isSilent: silence !== "",
      mustWait: wait > 0,
      said: why || (wait > 0 ? words.slow : ""),
      isBad: silence !== "" && this.#room.state === "closed",
      next: out > 0 ? words.back(seconds(out)) : next,
    });
    this.#tick(wait > 0 || Math.max(this.#back, this.#room.you.muted) > this.#room.now());
  }

  /* While something is counted down. */
  #tick(isNeeded) {
    if (isNeeded && !this.#clock) {
      this.#clock = setInterval(() => this.draw(), 250);
    } else if (!isNeeded && this.#clock) {
      clearInterval(this.#clock);
      this.#clock = undefined;
    }
  }
}

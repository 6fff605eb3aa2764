/**
 * fastim.js - the client of fastim.v2: one file, no dependency; for pages, workers and Node 22.
 *
 *     import { fastim } from "/fastim.js";
 *     const room = fastim("/", { user: "3", group: "1" });
 *     room.on("change", () => draw(room.list, room.pending));
 *     room.send("hello");
 *
 * What it does is told in README.md beside it, each member in fastim.d.ts, the protocol in
 * fastim-v2(7). Three classes do the work, from below: Line keeps a connection, Room and Groups
 * keep what the server tells.
 */

const PROTOCOL = "fastim.v2";
const FIRST_MS = 15000; // an attempt that is not open by then has failed
const ANSWER_MS = 5000; // ... and a connection is dead without any frame so long after a ping
const BACKOFF_MS = 1000; // the first wait of those that double
const BACKOFF_MAX_MS = 30000;
const TIMER_MAX_MS = 2 ** 31 - 1; // setTimeout takes a longer one for 1 ms
const LATELY = 100; // so many messages back one is looked for that comes again

/** Why something was refused. `code` is that of the server; 0: this client itself refuses. */
export class FastimError extends Error {
  constructor(code, reason, retryAfter) {
    super(code ? `${code} ${reason}` : reason);
    this.name = "FastimError";
    this.code = code;
    this.reason = reason;
    this.retryAfter = retryAfter;
  }
}

/* ---- handlers ---- */

/* A mistake in a handler is shown as any uncaught one, and concerns no other handler. */
function report(error) {
  (globalThis.reportError ?? console.error)(error);
}

/* A promise that nobody need catch: what it says is shown elsewhere, too. */
function quiet(promise) {
  promise.catch(() => {});
  return promise;
}

class Handlers {
  #of = new Map();

  on(type, handler) {
    const set = this.#of.get(type) ?? new Set();
    this.#of.set(type, set.add(handler));
    return () => void set.delete(handler);
  }

  emit(type, value) {
    for (const handler of [...(this.#of.get(type) ?? [])]) {
      try {
        handler(value)?.then?.(null, report);
      } catch (error) {
        report(error);
      }
    }
  }
}

/* ---- addresses ---- */

/* A path below the site, which is given with ws:, http: or none of them; for http: or for ws:. */
function address(site, scheme, ...path) {
  const base = new URL(site, globalThis.location?.href).href.replace(/^(http|ws)/, scheme);
  return base.replace(/\/*([?#].*)?$/, "") + path.map((part) => "/" + part).join("");
}

/* ---- the connection ---- */

/*
 * Keeps one socket open, as long as nobody closes the line: tokens, waiting and trying again, and
 * the watch for connections that are dead without a close. All that an earlier socket or a timer
 * of it still says is dropped: each attempt has a number.
 *
 * The owner is {url(), frame(frame), isOpen(frame), changed(), error(error), ended(error)}.
 * isOpen: with this frame it has all that it needs.
 */
class Line {
  state = "connecting";
  token; // the newest one; undefined: there is none yet, or it was refused
  ahead = 0; // ms of the server's clock before this one's
  #options;
  #owner;
  #attempt = 0;
  #socket;
  #refusal; // what the server said before it closes
  #why = "first"; // is a token asked for
  #fails = 0; // attempts in a row
  #usesFallback = false;
  #spreadMs = 2000;
  #pingMs = 25000;
  #frames = 0;
  #mayHurry = true; // may the waiting end when somebody comes back to the page?
  #timer; // for the first frame, then for the next attempt
  #watch;
  #renewal;

  constructor(options, owner) {
    this.#options = options;
    this.#owner = owner;
    this.#listen("addEventListener");
    this.#connect();
  }

  send(frame) {
    if (this.#socket?.readyState === 1) {
      this.#socket.send(JSON.stringify(frame));
    }
  }

  /* For good. Without an error it is what the page wants. */
  close(error) {
    const isTold = error === this.#refusal;

    if (this.state !== "closed") {
      this.#listen("removeEventListener");
      this.#drop();
      if (error && !isTold) {
        this.#owner.error(error);
      }
      this.#become("closed");
      this.#owner.ended?.(error);
    }
  }

  /* ---- one attempt after the other ---- */

  async #connect() {
    const { WebSocket = globalThis.WebSocket, fallback } = this.#options;
    const Socket = this.#usesFallback ? fallback : WebSocket;
    const attempt = this.#drop();

    this.#become("connecting");
    await null; // the caller has the room, and its handlers are there
    if (!(await this.#hasToken(attempt)) || attempt !== this.#attempt) {
      return;
    }
    try {
      this.#socket = new Socket(this.#owner.url(), PROTOCOL);
    } catch (error) {
      this.close(Object.assign(new FastimError(0, "socket"), { cause: error }));
      return;
    }
    const mine = (handle) => (event) => attempt === this.#attempt && handle(event);
    this.#socket.onopen = mine(() => this.#auth());
    this.#socket.onmessage = mine(({ data }) => this.#take(data));
    this.#socket.onclose = mine(({ code }) => this.#closed(code));
    this.#socket.onerror = () => {}; // a close follows, which says as much
    this.#timer = setTimeout(() => this.#retry(), FIRST_MS);
  }

  /* Ends the socket and all timers, whatever they are about. */
  #drop() {
    clearTimeout(this.#timer);
    clearTimeout(this.#watch);
    clearTimeout(this.#renewal);
    this.#socket?.close();
    this.#socket = undefined;
    this.#refusal = undefined;
    return ++this.#attempt;
  }

  #closed(code) {
    const refusal = this.#refusal;

    if (code === 4440) {
      this.token = undefined;
      this.#why = refusal?.reason === "expired" ? "expired" : "refused";
    }
    if ((code === 4440 && !this.#options.token) || (code === 4403 && !refusal?.retryAfter)) {
      this.close(refusal ?? new FastimError(code - 4000, code === 4440 ? "login" : "banned"));
    } else if (code === 4403) {
      this.#retry(refusal.retryAfter + Math.random() * this.#spreadMs, false);
    } else if (this.state !== "leaving") {
      this.#retry();
    } else {
      clearTimeout(this.#watch);
      this.#become("waiting"); // when to come back was told before
    }
  }

  /* After a loss, at random within the time that the server has named; if that fails, longer. */
  #retry(ms, mayHurry = true) {
    const doubled = BACKOFF_MS * 2 ** (this.#fails - 1);
    const span = this.#fails ? Math.min(BACKOFF_MAX_MS, doubled) : this.#spreadMs;

    this.#drop();
    this.#fails++;
    if (this.#options.fallback && this.#fails % 2 === 0) {
      this.#usesFallback = !this.#usesFallback; // twice in vain: by the other way
    }
    this.#connectIn(ms ?? Math.random() * span, mayHurry);
    this.#become("waiting");
  }

  #connectIn(ms, mayHurry) {
    this.#mayHurry = mayHurry;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#connect(), Math.min(ms, TIMER_MAX_MS));
  }

  #become(state) {
    if (this.state !== state) {
      this.state = state;
      this.#owner.changed();
    }
  }

  /* ---- tokens ---- */

  /* False: this attempt is over. */
  async #hasToken(attempt) {
    const { token } = this.#options;

    if (!token || this.token !== undefined) {
      return true;
    }
    const given = await this.#ask(this.#why);
    if (attempt !== this.#attempt) {
      return false;
    }
    if (given === undefined) {
      this.#retry();
    } else if (given === null) {
      this.close(new FastimError(440, this.#why === "expired" ? "expired" : "login"));
    } else {
      this.token = given;
      return true;
    }
    return false;
  }

  /* undefined: there was no answer; the owner is told why. */
  async #ask(why) {
    try {
      return (await this.#options.token(why)) ?? null;
    } catch (error) {
      this.#owner.error(Object.assign(new FastimError(0, "token"), { cause: error }));
      return undefined;
    }
  }

  #auth() {
    if (this.token !== undefined) {
      this.send({ type: "auth", token: this.token });
    }
  }

  /* At a random moment of the last minute, but half a minute before the end. */
  #renewBefore(expires) {
    const left = expires - this.ahead - Date.now();
    const ms = Math.max(left - 60000 + Math.random() * 30000, left / 2, 1000);

    clearTimeout(this.#renewal);
    if (expires && this.#options.token) {
      this.#renewal = setTimeout(
        () => (ms > TIMER_MAX_MS ? this.#renewBefore(expires) : this.#renew()),
        Math.min(ms, TIMER_MAX_MS),
      );
    }
  }

  async #renew() {
    const attempt = this.#attempt;
    const given = await this.#ask("expired");

    if (attempt === this.#attempt && given) {
      this.token = given;
      this.#auth(); // `you` answers it
    }
  }

  /* ---- frames ---- */

  #take(text) {
    let frame;

    this.#frames++;
    try {
      frame = JSON.parse(text) ?? {};
    } catch {
      return; // no server of fastim has said that
    }
    if (frame.type === "welcome") {
      this.ahead = frame.now - Date.now();
      this.#spreadMs = frame.limits.spreadMs;
      this.#pingMs = frame.limits.pingS * 1000;
    } else if (frame.type === "reconnect") {
      this.#leave(Math.random() * frame.after);
    } else if (frame.type === "error" && !frame.id) {
      this.#refusal = new FastimError(frame.code, frame.reason, frame.retryAfter);
      this.#owner.error(this.#refusal);
    }
    if (frame.you) {
      this.#renewBefore(frame.you.expires);
    }
    this.#owner.frame(frame);
    if (this.state === "connecting" && this.#owner.isOpen(frame)) {
      clearTimeout(this.#timer);
      this.#fails = 0;
      this.#keepWatch();
      this.#become("open");
    }
  }

  /* The host goes: an open line is as good as before until another one is tried. */
  #leave(ms) {
    if (this.state === "connecting") {
      this.#retry(ms, false);
    } else {
      this.state = "leaving";
      this.#connectIn(ms, false);
    }
  }

  /* ---- is anybody there? ---- */

  /*
   * A page does not see the pings of a WebSocket, and its timers may be late by a minute while it
   * is hidden, or by a night. So frames are counted: if none came in time, a ping asks for one.
   */
  #keepWatch() {
    const answerMs = Math.min(ANSWER_MS, this.#pingMs / 2);
    this.#ifSilent((2.5 * this.#pingMs - answerMs) / 2, () => this.#probe());
  }

  #probe() {
    this.send({ type: "ping" });
    this.#ifSilent(Math.min(ANSWER_MS, this.#pingMs / 2), () => this.#retry());
  }

  #ifSilent(ms, then) {
    const frames = this.#frames;
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => (frames === this.#frames ? then() : this.#keepWatch()), ms);
  }

  /* The network is back, or somebody is, or the page is: out of sleep or of the browser's cache. */
  #wake = () => {
    if (globalThis.document?.hidden) {
      return;
    }
    if (this.state === "waiting" && this.#mayHurry) {
      this.#connect();
    } else if (this.state === "open") {
      this.#probe();
    }
  };

  #listen(how) {
    globalThis[how]?.("online", this.#wake);
    globalThis[how]?.("pageshow", this.#wake);
    globalThis.document?.[how]("visibilitychange", this.#wake);
  }
}

/* What a page reads of a line: to leave is the line's own affair. */
const stateOf = (line) => (line.state === "leaving" ? "open" : line.state);

/* ---- a room ---- */

const isSame = (message) => (other) =>
  ["ts", "userId", "info"].every((key) => message[key] === other[key]);

const NO_SETTINGS = { slow: 0, quiet: false, cap: 0, pinned: "", attrs: {} };

class Room {
  list = [];
  pending = [];
  online = 0;
  users;
  settings = NO_SETTINGS;
  you = { role: "", muted: 0, expires: 0 };
  mod;
  #site;
  #options;
  #user; // as the server writes it
  #handlers = new Handlers();
  #line;
  #epoch;
  #at = 0; // with the epoch it is the position
  #limits = { messageBytes: Infinity, unacked: 16 };
  #keep; // the most messages of `list`: more than the option says, once older ones were asked for
  #clears = 0; // how often `list` was replaced
  #older; // is under way
  #removals; // while older messages are asked for: what must not be among them
  #queue = []; // what was asked, in order, until it is answered; failed messages until discarded
  #asked = 0;
  #name = Math.random().toString(36).slice(2); // so that no other client has the same ids
  #batch = []; // messages that "messages" has not told yet
  #soon; // timers of the next telling

  constructor(site, options) {
    const { group, user } = options;
    const path = address(site, "ws", "group/chat", ...[group, user].map(encodeURIComponent), "-");

    this.#site = site;
    this.#options = { keep: 500, ...options };
    this.#user = user;
    this.#keep = this.#options.keep;
    this.mod = moderation((action, keys) => this.#post(action, keys));
    this.#line = new Line(options, {
      isOpen: ({ type, recovered }) => recovered || type === "list",
      url: () => (this.#epoch ? `${path}?resume=${this.#epoch}-${this.#at}` : path),
      frame: (frame) => this.#take[frame.type]?.(frame),
      changed: () => this.#moved(),
      error: (error) => this.#handlers.emit("error", error),
      ended: (error) => this.#end(error),
    });
  }

  get state() {
    return this.#line ? stateOf(this.#line) : "connecting";
  }

  get user() {
    return this.#user;
  }

  now() {
    return Date.now() + this.#line.ahead;
  }

  on(type, handler) {
    return this.#handlers.on(type, handler);
  }

  close() {
    this.#line.close();
  }

  /* ---- what it asks ---- */

  send(info, { signal } = {}) {
    const text = String(info).replace(/\p{Surrogate}/gu, "\ufffd"); // half of a pair is no UTF-8
    return this.#ask({ type: "send", info: text }, signal);
  }

  retry(id) {
    const entry = this.#failed(id);
    const no = entry ? this.#refusal() : new FastimError(0, "id");

    if (no) {
      return quiet(Promise.reject(no));
    }
    this.#remove(entry);
    return this.#ask(entry.frame);
  }

  discard(id) {
    const entry = this.#failed(id);

    if (entry) {
      this.#remove(entry);
      this.#changed();
    }
  }

  recall(ts, userId) {
    return this.#ask({ type: "recall", ts, userId });
  }

  read(ts) {
    const isOne = ({ frame, state }) => frame.type === "read" && state === "waiting";
    const waiting = this.#queue.find(isOne);

    if (waiting) {
      waiting.frame.ts = Math.max(waiting.frame.ts, ts);
    }
    return waiting?.promise ?? this.#ask({ type: "read", ts });
  }

  signal(info) {
    this.#line.send({ type: "signal", info });
  }

  history(where) {
    return quiet(this.#history(where));
  }

  older(count) {
    this.#older ??= quiet(this.#showOlder(count).finally(() => (this.#older = undefined)));
    return this.#older;
  }

  /* What goes while the answer is on its way must not come with it. */
  async #history({ before, count = 50, userId }) {
    const removals = (this.#removals ??= { open: 0, all: [] });

    removals.open++;
    try {
      const { list, end } = await this.#ask({ type: "history", before, count, userId });
      const isGone = (message) => removals.all.some((removes) => removes(message));
      return { list: list.map(this.#own).filter((message) => !isGone(message)), end };
    } finally {
      if (--removals.open === 0) {
        this.#removals = undefined;
      }
    }
  }

  async #showOlder(count) {
    const [first] = this.list;
    const clears = this.#clears;

    if (!first) {
      return { end: true };
    }
    this.#keep = Infinity; // else there might be a gap behind them
    try {
      const { list, end } = await this.#history({ before: first.ts, userId: first.userId, count });
      if (clears === this.#clears) {
        const isNew = (message) => !this.list.some(isSame(message)); // ts may be out of order
        this.list = [...list.filter(isNew), ...this.list];
      }
      return { end };
    } finally {
      this.#keep = Math.max(this.#options.keep, this.list.length);
      this.#changed();
    }
  }

  /* ---- the queue ---- */

  /*
   * An entry is {frame, state, promise, resolve, reject, stop, wasSent, isAgain, after, shown, ts,
   * error}. stop: ends its timer. after: the position when it was sent first. shown: the message
   * of the list that it is, as far as one can know before the ack. ts: it was answered; a message
   * then waits for its place in the list, anything else has 0.
   */
  #ask(frame, signal) {
    const entry = { frame: { id: `${this.#name}-${++this.#asked}`, ...frame }, state: "waiting" };
    const no = signal?.aborted ? signal.reason : this.#refusal();

    entry.promise = quiet(
      new Promise((resolve, reject) => Object.assign(entry, { resolve, reject })),
    );
    if (no) {
      entry.reject(no);
    } else {
      this.#queue.push(entry);
      this.#limit(entry, signal);
      this.#flush();
      this.#changed();
    }
    return entry.promise;
  }

  /* Why nothing more can be asked; undefined: it can. */
  #refusal() {
    const { max = 100 } = this.#options.queue ?? {};
    const waiting = this.#queue.filter(({ state }) => state !== "failed").length;

    if (this.state === "closed" || waiting >= max) {
      return new FastimError(0, this.state === "closed" ? "closed" : "queue");
    }
  }

  /* An entry does not wait for ever, and no longer than the page wants. */
  #limit(entry, signal) {
    const { ms = 60000 } = this.#options.queue ?? {};
    const late = () => this.#fail(entry, new FastimError(0, entry.wasSent ? "unknown" : "offline"));
    const timer = setTimeout(late, Math.min(ms, TIMER_MAX_MS));
    const takeBack = () => this.#takeBack(entry, signal.reason);

    signal?.addEventListener("abort", takeBack);
    entry.stop = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", takeBack);
    };
  }

  /* What was sent cannot be taken back. */
  #takeBack(entry, reason) {
    if (!entry.wasSent) {
      this.#remove(entry);
      entry.reject(reason);
      this.#changed();
    }
  }

  /* Sends what may be sent: in order, and no more than the server lets be open. */
  #flush() {
    const room = { send: this.#limits.unacked, history: 1, recall: Infinity, read: Infinity };

    if (this.state !== "open") {
      return;
    }
    for (const entry of [...this.#queue]) {
      const { type, info } = entry.frame;
      if (entry.state === "sent" && entry.ts === undefined) {
        room[type]--;
      } else if (entry.state === "waiting" && info && this.#isTooLarge(info)) {
        this.#fail(entry, new FastimError(413, "info"));
      } else if (entry.state === "waiting" && room[type] > 0) {
        room[type]--;
        this.#write(entry);
      }
    }
  }

  #isTooLarge(info) {
    return new TextEncoder().encode(info).length > this.#limits.messageBytes;
  }

  #write(entry) {
    entry.state = "sent";
    entry.isAgain = entry.wasSent;
    entry.wasSent = true;
    entry.after ??= this.#at;
    this.#line.send(entry.frame);
  }

  #remove(entry) {
    entry.stop();
    this.#queue = this.#queue.filter((other) => other !== entry);
  }

  #fail(entry, error) {
    entry.stop();
    if (entry.frame.type === "send") {
      Object.assign(entry, { state: "failed", error, shown: undefined });
    } else {
      this.#remove(entry);
    }
    entry.reject(error);
    this.#flush();
    this.#changed();
  }

  #failed(id) {
    return this.#queue.find(({ frame, state }) => frame.id === id && state === "failed");
  }

  /* Also of one that has failed for want of an answer. */
  #answer({ id, code, reason, retryAfter, ts, list, end }) {
    const entry = this.#queue.find(({ frame }) => frame.id === id);
    const isGone = code === 404 && entry?.isAgain && entry.frame.type === "recall"; // by the first

    if (entry && code && !isGone) {
      this.#fail(entry, new FastimError(code, reason, retryAfter));
    } else if (entry) {
      entry.stop();
      entry.resolve(list ? { list, end } : ts && { ts });
      Object.assign(entry, { state: "sent", ts: ts ?? 0, error: undefined });
      this.#dropShown();
      this.#flush();
      this.#changed();
    }
  }

  /* A message has its place in the list once the position is not before it, even if it is gone. */
  #dropShown() {
    this.#queue = this.#queue.filter(({ ts }) => !(ts <= this.#at));
  }

  /* Which message of `pending` is this one? The ack may come later. */
  #showOwn(message) {
    const isIt = ({ frame, state, wasSent, after, shown, ts }) =>
      [wasSent, state !== "failed", !shown, !ts, frame.info === message.info, after < message.ts]
        .every(Boolean);
    const entry = message.own && this.#queue.find(isIt);

    if (entry) {
      entry.shown = message;
    }
  }

  #moved() {
    for (const entry of this.#queue) {
      if (this.state !== "open" && entry.state === "sent" && entry.ts === undefined) {
        entry.state = "waiting"; // to be sent again: the same id stores nothing twice
      }
    }
    this.#flush();
    this.#handlers.emit("state", this.state);
    this.#changed();
  }

  #end(error) {
    for (const entry of this.#queue) {
      if (entry.state === "waiting") {
        this.#fail(entry, error ?? new FastimError(0, "closed"));
      }
    }
  }

  /* ---- what comes ---- */

  #own = ({ groupId, userId, info, ts }) =>
    ({ groupId, userId, info, ts, own: userId === this.#user });

  #take = {
    __proto__: null,

    welcome: (frame) => {
      this.#user = frame.userId;
      this.#limits = frame.limits;
      this.you = frame.you;
      this.settings = frame.settings;
      this.online = frame.online;
      this.users = frame.users;
      this.#handlers.emit("you", this.you);
      this.#handlers.emit("settings", this.settings);
      this.#after("presence", { online: this.online, users: this.users });
    },

    list: ({ epoch, at, list }) => {
      this.#epoch = epoch;
      this.#at = at;
      this.#replace(list.map(this.#own).slice(-this.#options.keep));
      for (const entry of this.#queue) {
        entry.shown = undefined;
      }
      this.list.forEach((message) => this.#showOwn(message));
      this.#after("reset", this.list);
    },

    message: (frame) => {
      const message = this.#own(frame);

      this.#move(frame);
      if (this.list.slice(-LATELY).some(isSame(message))) {
        return; // it came again, which other writers can bring about
      }
      this.list = [...this.list.slice(this.list.length < this.#keep ? 0 : 1), message];
      this.#showOwn(message);
      this.#batch.push(message);
      this.#after("message", message);
    },

    recall: (frame) => {
      const isIt = ({ ts, userId }) => ts === frame.ts && userId === frame.userId;
      const place = this.list.findLastIndex(isIt);

      this.#move(frame);
      this.#removals?.all.push(isIt);
      this.#replace(this.list.filter((_, at) => at !== place), false);
      this.#after("recall", { userId: frame.userId, ts: frame.ts });
    },

    purge: (frame) => {
      const isIt = ({ userId }) => userId === frame.userId;

      this.#move(frame);
      this.#removals?.all.push(isIt);
      this.#replace(this.list.filter((message) => !isIt(message)), false);
      this.#after("purge", { userId: frame.userId });
    },

    clear: (frame) => {
      this.#move(frame);
      this.#removals?.all.push(() => true);
      this.#replace([]);
      this.#after("clear", {});
    },

    notice: (frame) => {
      this.#move(frame);
      this.#after("notice", { info: frame.info, at: frame.at });
    },

    presence: ({ type, ...news }) => {
      const { joined = [], left = [], users } = news;
      const changed = new Set([...joined, ...left]);

      this.online = news.online ?? this.online;
      if (users || !(news.joined || news.left)) {
        this.users = users;
      } else if (this.users) {
        this.users = [...this.users.filter((user) => !changed.has(user)), ...joined];
      }
      this.#after("presence", { ...news, online: this.online, users: this.users });
    },

    settings: ({ settings }) => {
      this.settings = settings;
      this.#after("settings", settings);
    },

    you: ({ you }) => {
      this.you = you;
      this.#after("you", you);
    },

    signal: ({ userId, info }) => this.#handlers.emit("signal", { userId, info }),
    ack: (frame) => this.#answer(frame),
    error: (frame) => this.#answer(frame),
    history: (frame) => this.#answer(frame),
  };

  #move({ at, ts }) {
    this.#at = at ?? ts;
  }

  /* Messages that are not told yet are told before others go. */
  #replace(list, isNew = true) {
    if (this.#batch.length) {
      this.#tell();
    }
    this.list = list;
    if (isNew) {
      this.#clears++;
      this.#keep = this.#options.keep;
    }
  }

  #after(type, value) {
    this.#dropShown();
    this.#handlers.emit(type, value);
    this.#changed();
  }

  /* ---- telling ---- */

  #changed() {
    this.pending = this.#queue
      .filter(({ frame, shown }) => frame.type === "send" && !shown)
      .map(({ frame: { id, info }, state, error }) => ({ id, info, state, error }));
    this.#tellSoon();
  }

  /* Once a frame of the display, if `batch` is set. A hidden page has no frames. */
  #tellSoon() {
    if (!this.#options.batch) {
      this.#tell();
    } else if (!this.#soon) {
      const tell = () => this.#tell();
      this.#soon = { timer: setTimeout(tell, 50), frame: globalThis.requestAnimationFrame?.(tell) };
    }
  }

  #tell() {
    const batch = this.#batch;

    clearTimeout(this.#soon?.timer);
    globalThis.cancelAnimationFrame?.(this.#soon?.frame);
    this.#soon = undefined;
    this.#batch = [];
    if (batch.length) {
      this.#handlers.emit("messages", batch);
    }
    this.#handlers.emit("change", this);
  }

  /* ---- HTTP, for moderators ---- */

  async #post(action, keys) {
    const headers = {
      "content-type": "application/json",
      userId: encodeURIComponent(this.#user),
      token: this.#line.token ?? "",
    };
    const body = JSON.stringify({ groupId: this.#options.group, ...keys });
    const url = address(this.#site, "http", "admin", action);
    const { code, msg, data } = await fetch(url, { method: "POST", headers, body })
      .then((response) => response.json())
      .catch((cause) => ({ code: 0, msg: "network", data: cause }));

    if (code !== 200) {
      throw Object.assign(new FastimError(code, msg), code ? {} : { cause: data });
    }
    return data;
  }
}

function moderation(post) {
  const act = (action, keys) => quiet(post(action, keys));

  return {
    mute: (userId, seconds = 0) => act("mute", { userId, seconds }),
    unmute: (userId) => act("unmute", { userId }),
    ban: (userId, seconds = 0, purge = false) => act("ban", { userId, seconds, purge: +purge }),
    unban: (userId) => act("unban", { userId }),
    kick: (userId) => act("kick", { userId }),
    purge: (userId) => act("purge", { userId }),
    recall: (userId, ts) => act("recall", { userId, ts }),
    clear: () => act("clear"),
    notice: (info) => act("notice", { info }),
    settings: (settings) => act("settings", settings),
    rules: () => act("rules"),
  };
}

/* ---- the list of a user's groups ---- */

class Groups {
  list = [];
  #handlers = new Handlers();
  #line;

  constructor(site, options) {
    const path = address(site, "ws", "group/list", encodeURIComponent(options.user), "-");

    this.#line = new Line({ ...options, fallback: undefined }, {
      isOpen: ({ type }) => type === "groups",
      url: () => path,
      frame: (frame) => this.#take[frame.type]?.(frame),
      changed: () => this.#tell("state", this.state),
      error: (error) => this.#handlers.emit("error", error),
    });
  }

  get state() {
    return this.#line ? stateOf(this.#line) : "connecting";
  }

  on(type, handler) {
    return this.#handlers.on(type, handler);
  }

  close() {
    this.#line.close();
  }

  #take = {
    __proto__: null,
    groups: ({ groups }) => this.#show(groups, "reset"),
    group: ({ group }) => this.#show([group, ...this.#without(group.groupId)], "group", group),
    left: ({ groupId }) => this.#show(this.#without(groupId), "left", { groupId }),
  };

  #without(id) {
    return this.list.filter(({ groupId }) => groupId !== id);
  }

  /* The one with the newest message first. */
  #show(list, type, value) {
    const newest = ({ newMessage }) => newMessage?.ts ?? 0;
    this.list = [...list].sort((a, b) => newest(b) - newest(a));
    this.#tell(type, value ?? this.list);
  }

  #tell(type, value) {
    this.#handlers.emit(type, value);
    this.#handlers.emit("change", this);
  }
}

/* ---- what a page calls ---- */

/**
 * Enters a group, and stays in it until `close()`.
 * @param {string} site as "https://example.org"; in a page "/" is its own site
 * @param {import("./fastim.js").Options} options
 * @returns {import("./fastim.js").Room}
 */
export function fastim(site, options) {
  return new Room(site, options);
}

/**
 * Follows the list of a user's groups, until `close()`.
 * @param {string} site as "https://example.org"; in a page "/" is its own site
 * @param {import("./fastim.js").GroupsOptions} options
 * @returns {import("./fastim.js").Groups}
 */
export function groups(site, options) {
  return new Groups(site, options);
}

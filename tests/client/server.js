/*
 * server.js - a group as fastim-v2(7) has it, and sockets to it that are cut at a byte: what is
 * not whole by then does not arrive, in either direction.
 */
const KEYS = ["groupId", "userId", "info", "ts"];
const pick = (message) => Object.fromEntries(KEYS.map((key) => [key, message[key]]));

export class Server {
  list = []; // of messages, as Redis has it
  stored = []; // {user, id, info, ts} of each message, gone ones as well
  at = 0;
  epoch = "00000001";
  sockets = []; // all there were
  resumes = { true: 0, false: 0 };
  tokens = null; // those that are let in; null: all
  refuse = () => undefined; // (info) => {code, reason, retryAfter} of a send
  amiss = [];
  #log = []; // durable frames, {number, frame}
  #acks = new Map(); // user/id: ts

  constructor(clock, { listNum = 1000, pingS = 25, chance = Math.random, delay = () => 5, cutAt = () => Infinity, isSilent = () => false } = {}) {
    Object.assign(this, { clock, listNum, pingS, chance, delay, cutAt, isSilent });
    const server = this;
    this.WebSocket = class extends Socket {
      constructor(url, protocol) {
        super(server, url, protocol);
      }
    };
  }

  get live() {
    return this.sockets.filter((socket) => socket.isIn);
  }

  /* ---- what happens in the group ---- */

  say(user, info, id) {
    const ts = this.#next();
    const message = { groupId: "g", userId: user, info, ts };

    this.list.push(message);
    this.stored.push({ user, id, info, ts });
    this.#tell(ts, { type: "message", ...message });
    return ts;
  }

  /* Another writer, whose clock is late: the position stays. */
  sayLate(user, info, ts) {
    const message = { groupId: "g", userId: user, info, ts };

    this.list.push(message);
    this.#tell(this.at, { type: "message", ...message, at: this.at });
  }

  recall(user, ts) {
    const place = this.list.findLastIndex((message) => message.userId === user && message.ts === ts);

    if (place < 0) {
      return false;
    }
    this.#forget(this.list.splice(place, 1));
    this.#tell(this.#next(), { type: "recall", at: this.at, userId: user, ts });
    return true;
  }

  purge(user) {
    this.#forget(this.list.filter(({ userId }) => userId === user));
    this.list = this.list.filter(({ userId }) => userId !== user);
    this.#tell(this.#next(), { type: "purge", at: this.at, userId: user });
  }

  clear() {
    this.#forget(this.list);
    this.list = [];
    this.#tell(this.#next(), { type: "clear", at: this.at });
  }

  notice(info) {
    this.#tell(this.#next(), { type: "notice", at: this.at, info });
  }

  passing(frame) {
    this.live.forEach((socket) => socket.say(frame));
  }

  /* Redis comes back without its newest messages, and all begin anew. */
  lose(count) {
    this.list.splice(this.list.length - count, count);
    this.epoch = (parseInt(this.epoch, 16) + 1).toString(16).padStart(8, "0");
    this.#log = [];
    this.live.forEach((socket) => this.#sayList(socket));
  }

  #next() {
    this.at = Math.max(this.at + 1, this.clock.now);
    return this.at;
  }

  #tell(number, frame) {
    this.#log.push({ number, frame });
    this.live.forEach((socket) => socket.say(frame));
  }

  /* What is gone comes neither by a list nor by a resume. */
  #forget(gone) {
    const frames = new Set(gone.map((message) => JSON.stringify(pick(message))));
    this.#log = this.#log.filter(({ frame }) => frame.type !== "message" || !frames.has(JSON.stringify(pick(frame))));
  }

  /* ---- what sockets say ---- */

  enter(socket) {
    const [, user] = /\/group\/chat\/g\/([^/]+)\/-/.exec(socket.url) ?? [];

    Object.assign(socket, { user: decodeURIComponent(user), isIn: !this.tokens });
    if (socket.isIn) {
      this.#welcome(socket);
    }
  }

  take(socket, frame) {
    const answer = (keys) => socket.say({ ...keys, id: frame.id });

    if (frame.type === "auth") {
      this.#auth(socket, frame.token);
    } else if (!socket.isIn) {
      socket.refuse(440, "login", 4440);
    } else if (frame.type === "send") {
      this.#send(socket, frame);
    } else if (frame.type === "recall") {
      const done = this.recall(frame.userId ?? socket.user, frame.ts);
      answer(done ? { type: "ack" } : { type: "error", code: 404, reason: "message" });
    } else if (frame.type === "read") {
      answer({ type: "ack" });
    } else if (frame.type === "history") {
      const place = this.list.findIndex(({ ts, userId }) => ts === frame.before && userId === frame.userId);
      const older = place < 0 ? this.list.filter(({ ts }) => ts < frame.before) : this.list.slice(0, place);
      answer({ type: "history", list: older.slice(-frame.count), end: older.length <= frame.count });
    } else if (frame.type === "ping") {
      socket.say({ type: "pong" });
    }
  }

  #auth(socket, token) {
    if (this.tokens && !this.tokens.has(token)) {
      socket.refuse(440, this.tokens.expired?.has(token) ? "expired" : "login", 4440);
    } else if (!socket.isIn) {
      socket.isIn = true;
      this.#welcome(socket);
    } else {
      socket.say({ type: "you", you: this.you ?? { role: "", muted: 0, expires: 0 } });
    }
  }

  #welcome(socket) {
    const [, epoch, at] = /\?resume=([0-9a-f]{8})-(\d+)$/.exec(socket.url) ?? [];
    const recovered = epoch === this.epoch;
    // A late message has the number of the position, so it may come again.
    const missed = this.#log.filter(({ number, frame }) => number > at || (number === +at && frame.at === +at && frame.type === "message"));

    this.resumes[recovered]++;
    socket.say({
      type: "welcome", groupId: "g", userId: socket.user, recovered, missed: recovered ? missed.length : 0, online: 2, users: ["me", "you"],
      you: this.you ?? { role: "", muted: 0, expires: 0 }, settings: { slow: 0, quiet: false, cap: 0, pinned: "", attrs: {} },
      limits: { messageBytes: 1000, unacked: 4, pingS: this.pingS, spreadMs: 2000 }, now: this.clock.now,
    });
    if (recovered) {
      missed.forEach(({ frame }) => socket.say(frame));
    } else {
      this.#sayList(socket);
    }
  }

  #sayList(socket) {
    socket.say({ type: "list", epoch: this.epoch, at: this.at, total: this.list.length, list: this.list.slice(-this.listNum) });
  }

  /* ack and message come in either order. */
  #send(socket, { id, info }) {
    const key = `${socket.user}/${id}`;
    const known = this.#acks.get(key);
    const no = known ? undefined : this.refuse(info);

    if (no) {
      socket.say({ type: "error", id, ...no });
    } else {
      const isEarly = this.chance() < 0.5;
      const hold = isEarly ? socket.hold() : undefined;
      const ts = known ?? this.say(socket.user, info, id);
      this.#acks.set(key, ts);
      socket.say({ type: "ack", id, ts }, hold);
    }
  }
}

/* One connection, with the face of a WebSocket. Bytes of both directions count as one row. */
class Socket {
  readyState = 0;
  isIn = false;
  ends = [0]; // of the frames that came through, in bytes
  #server;
  #bytes;
  #queues = { up: [], down: [] };
  #isCut = false;

  constructor(server, url, protocol) {
    Object.assign(this, { url, protocol });
    this.#server = server;
    this.#bytes = server.cutAt(server.sockets.length);
    if (server.sockets.some(({ readyState }) => readyState < 2)) {
      server.amiss.push("two sockets at a time");
    }
    server.sockets.push(this);
    if (this.#bytes <= 0) {
      this.#cut();
      return;
    }
    this.#later(() => {
      this.readyState = 1;
      server.enter(this);
      this.onopen?.({});
    });
  }

  /* ---- the client's side ---- */

  send(text) {
    const frame = JSON.parse(text);
    this.#push("up", text, () => this.#server.take(this, frame));
  }

  close() {
    this.readyState = 3;
    this.isIn = false;
    this.#isCut = true;
  }

  /* ---- the server's side ---- */

  say(frame, hold) {
    const text = JSON.stringify(frame);
    this.#push("down", text, () => this.onmessage?.({ data: text }), hold);
  }

  /* A place in the row for what is said later. */
  hold() {
    const hold = {};
    this.#queues.down.push(hold);
    return hold;
  }

  refuse(code, reason, close, more) {
    this.say({ type: "error", code, reason, ...more });
    this.end(close);
  }

  end(code) {
    this.isIn = false;
    this.#push("down", "", () => this.#closed(code));
  }

  /* ---- the line ---- */

  #push(direction, text, arrive, hold = {}) {
    const queue = this.#queues[direction];

    if (!queue.includes(hold)) {
      queue.push(hold);
    }
    Object.assign(hold, { arrive, bytes: text.length + 4 });
    this.#later(() => {
      while (queue[0]?.arrive && !this.#isCut) {
        const { arrive: run, bytes } = queue.shift();
        const end = this.ends.at(-1) + bytes;
        if (end > this.#bytes) {
          this.#cut();
        } else {
          this.ends.push(end);
          run();
        }
        if (queue[0]?.isHeld) {
          break;
        }
      }
    });
  }

  #later(run) {
    setTimeout(() => this.#isCut || run(), this.#server.delay());
  }

  /* The line is lost: the client is told at some time, or it is not. */
  #cut() {
    const isSilent = this.#server.isSilent();

    this.isIn = false;
    this.#isCut = true;
    if (!isSilent) {
      setTimeout(() => this.readyState === 3 || this.#closed(1006), this.#server.delay());
    }
  }

  #closed(code) {
    this.readyState = 3;
    this.isIn = false;
    this.#isCut = true;
    this.onclose?.({ code });
  }
}

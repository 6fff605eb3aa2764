/**
 * fastim-sse.js - for those who cannot have a WebSocket: the same frames over plain HTTP.
 *
 *     import { fastim } from "/fastim.js";
 *     import { EventStream } from "/fastim-sse.js";
 *     const room = fastim("/", { user: "3", group: "1", token, fallback: EventStream });
 *
 * It has the face of a WebSocket. What comes is an event stream (fastim-v2(7), EVENT STREAM); what
 * goes is a POST each, one after the other, and wants a token. There are no signals.
 */

/* What a frame is over HTTP: path, parameters, and the frame that its `data` makes. */
const POSTS = {
  send: ({ info, id }) => ["group/sendMessage", { info, id }, (ts) => ({ type: "ack", ts })],
  read: ({ ts }) => ["user/read", { ts }, () => ({ type: "ack" })],
  recall: ({ ts, userId }) => [
    userId === undefined ? "group/delMessage" : "admin/recall",
    { ts, userId },
    () => ({ type: "ack" }),
  ],
  history: ({ before, count, userId }) => [
    "group/listOldMessage",
    { ts: before, count, userId },
    historyOf(count),
  ],
};

/* null: the message at which to begin is gone. */
function historyOf(count) {
  return (data) =>
    data
      ? { type: "history", list: data.map((text) => JSON.parse(text)), end: data.length < count }
      : { type: "error", code: 404, reason: "message" };
}

/* What the envelope's code 100 is in a frame, by the reason; 403 is all else. */
const CODES = { slow: 429, room: 429, message: 404 };
const REASONS = { "无法撤回消息": "age", "消息不存在": "message" };

export class EventStream {
  onopen = null;
  onmessage = null;
  onclose = null;
  onerror = null;
  readyState = 0;
  #site;
  #group;
  #user; // percent-encoded, as headers want it
  #token;
  #closeCode = 1006;
  #abort = new AbortController();
  #posts = Promise.resolve();

  /** @param {string} url that of the WebSocket: ws://host/group/chat/GROUP/USER/- */
  constructor(url) {
    const [, site, group, user, query] =
      /^ws(.*)\/group\/chat\/([^/]+)\/([^/]+)\/-(\?.*)?$/.exec(url) ?? [];

    if (!user) {
      throw new TypeError(`no event stream for ${url}`);
    }
    this.#site = "http" + site;
    this.#group = decodeURIComponent(group);
    this.#user = user;
    queueMicrotask(() => this.#open(`group/events/${group}/${user}/-${query ?? ""}`));
  }

  /* A frame `auth` comes while onopen runs, before the stream is asked for. */
  send(text) {
    const frame = JSON.parse(text);

    if (frame.type === "auth") {
      this.#token = frame.token;
    } else if (frame.type in POSTS) {
      this.#posts = this.#posts.then(() => this.#post(frame));
    }
  }

  close() {
    this.readyState = 3;
    this.#abort.abort();
  }

  #end() {
    if (this.readyState !== 3) {
      this.close();
      this.onclose?.({ code: this.#closeCode });
    }
  }

  #fetch(path, options) {
    const headers = { userId: this.#user, "content-type": "application/json" };
    if (this.#token !== undefined) {
      headers.token = this.#token;
    }
    return fetch(`${this.#site}/${path}`, { ...options, headers, signal: this.#abort.signal });
  }

  /* ---- what goes ---- */

  async #post({ type, id, ...keys }) {
    const [path, parameters, frameOf] = POSTS[type]({ id, ...keys });
    const body = JSON.stringify({ groupId: this.#group, ...parameters });

    try {
      const { code, msg, data } = await (await this.#fetch(path, { method: "POST", body })).json();
      if (code === 200) {
        this.#say({ id, ...frameOf(data) });
      } else {
        const reason = data?.reason ?? REASONS[msg] ?? msg;
        const its = code === 100 ? (CODES[reason] ?? 403) : code;
        this.#say({ type: "error", id, code: its, reason, retryAfter: data?.retryAfter });
      }
    } catch {
      this.#end(); // nobody knows whether it was stored: who comes again sends it again
    }
  }

  /* ---- what comes ---- */

  async #open(path) {
    this.readyState = 1;
    this.onopen?.({});
    try {
      const response = await this.#fetch(path);
      if (response.ok) {
        await this.#read(response.body.getReader());
      } else {
        this.#refused(response.status, await response.json());
      }
    } catch {
      // The line is lost, or was never there.
    }
    this.#end();
  }

  #refused(status, { code, msg }) {
    if (status === 403) {
      this.#say({ type: "error", code, reason: code === 440 ? "login" : msg });
    }
  }

  async #read(reader) {
    const decoder = new TextDecoder();
    let rest = "";

    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        return;
      }
      const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
      rest = lines.pop();
      lines.forEach((line) => this.#line(line));
    }
  }

  /* A comment comes in place of a ping. Of the others, `data:` alone is of use here. */
  #line(line) {
    if (line.startsWith("data: ")) {
      this.#say(JSON.parse(line.slice(6)));
    } else if (line.startsWith(":")) {
      this.#say({ type: "ping" });
    }
  }

  /* An error that answers nothing comes before the end: then there is a reason for that. */
  #say(frame) {
    if (frame.type === "error" && !frame.id) {
      this.#closeCode = { 403: 4403, 440: 4440 }[frame.code] ?? 1006;
    }
    if (this.readyState === 1) {
      this.onmessage?.({ data: JSON.stringify(frame) });
    }
  }
}

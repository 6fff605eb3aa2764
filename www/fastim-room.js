/**
 * fastim-room.js - a room for people, as an element of a page:
 *
 *     <script type="module" src="/fastim-room.js"></script>
 *     <fastim-room group="1" user="3" token="…"></fastim-room>
 *
 * Its attributes are told in fastim-room.d.ts, how to embed it in README.md. FastimRoom is the
 * element: what it asks of the room, and what it shows around the messages. MessageView shows the
 * messages.
 */
import { fastim } from "./fastim.js";

const KEEP = 500; // messages that the room has
const SHOWN = 200; // ... and of these on the page, while the newest are followed
const SHOWN_READING = 600; // ... and while somebody reads further up
const PAGE = 50; // older messages at once
const NEAR_PX = 48; // so near to the end counts as the end
const EARLY_PX = 300; // so near to the top older ones are fetched
const BUSY = 20; // with more messages in five seconds, a screen reader is not told of each
const TOLD_MS = 8000; // a passing word stays for so long
const NOTICES = 3;
const AGAIN_MS = 2000; // after older messages could not be had
const LONG = 1500; // characters: a longer text scrolls by itself
const NAME_COLORS = 8;

/* ---- words ---- */

const WORDS = {
  en: {
    messages: "Messages",
    message: "Message",
    placeholder: "Write a message",
    send: "Send",
    people: (n) => `${n} online`,
    who: "Who is there",
    unnamed: "In a room of this size names are not told.",
    newMessages: (n) => (n === 1 ? "1 new message" : `${n} new messages`),
    newest: "To the newest",
    older: "Older messages",
    empty: "No message yet.",
    recall: "Recall",
    recallOf: (who, text) => `Recall of ${who}: ${text}`,
    sent: "sending …",
    waiting: "waits for a connection",
    retry: "Send again",
    cancel: "Cancel",
    tooLate: "It was on its way already.",
    pinned: "Pinned",
    notice: "Notice",
    close: "Close",
    connecting: "Connecting …",
    lost: "The connection is lost. Trying again …",
    offline: "You are offline.",
    slow: "Slow mode.",
    next: (s) => `The next message in ${s} s.`,
    back: (s) => `Back in ${s} s.`,
    tooOften: (s) => `Too often. Try again in ${s} s.`,
    mutedUntil: (time) => `You may not write until ${time}.`,
    name: "Name",
    password: "Password",
    passwordHint: "if this site asks for one",
    enter: "Enter",
    leave: "Log out",
    noLogin: "Name or password is wrong.",
    noAnswer: "The server does not answer. Try again.",
    noGroup: "There is no such room.",
    reasons: {
      banned: "You have been removed from this room.",
      muted: "You may not write here.",
      quiet: "Only moderators may write now.",
      words: "It has a word that is not allowed.",
      review: "The site has refused it.",
      member: "Only members may enter this room.",
      group: "Your login is not for this room.",
      role: "Only moderators may do that.",
      age: "It is too old to be recalled.",
      message: "It is gone already.",
      info: "It is too long.",
      connection: "That was too fast. Wait a moment.",
      slow: "That was too soon after your last message.",
      room: "Too much is being said. Wait a moment.",
      login: "Your login is not valid any more.",
      expired: "Your login has expired.",
      redis: "The server cannot store it now.",
      queue: "Too many messages are waiting.",
      offline: "There was no connection.",
      unknown: "There was no answer.",
      token: "Your login could not be renewed. Trying again …",
      closed: "The room is closed.",
    },
    refused: (reason) => `Refused: ${reason}`,
  },
  zh: {
    messages: "消息",
    message: "消息",
    placeholder: "输入消息",
    send: "发送",
    people: (n) => `${n} 人在线`,
    who: "在线成员",
    unnamed: "人数较多，不显示名单。",
    newMessages: (n) => `${n} 条新消息`,
    newest: "回到最新",
    older: "更早的消息",
    empty: "还没有消息。",
    recall: "撤回",
    recallOf: (who, text) => `撤回${who}的消息：${text}`,
    sent: "发送中…",
    waiting: "等待连接",
    retry: "重发",
    cancel: "取消",
    tooLate: "消息已经发出。",
    pinned: "置顶",
    notice: "公告",
    close: "关闭",
    connecting: "连接中…",
    lost: "连接已断开，正在重连…",
    offline: "当前没有网络。",
    slow: "慢速模式。",
    next: (s) => `${s} 秒后可以发言。`,
    back: (s) => `${s} 秒后可以回来。`,
    tooOften: (s) => `尝试过多，请 ${s} 秒后再试。`,
    mutedUntil: (time) => `你已被禁言，${time} 后可以发言。`,
    name: "用户名",
    password: "密码",
    passwordHint: "如本站需要",
    enter: "进入",
    leave: "退出登录",
    noLogin: "用户名或密码错误。",
    noAnswer: "服务器没有响应，请重试。",
    noGroup: "没有这个房间。",
    reasons: {
      banned: "你已被移出房间。",
      muted: "你已被禁言。",
      quiet: "当前只有管理员可以发言。",
      words: "含有不允许的词语。",
      review: "未通过审核。",
      member: "只有成员可以进入。",
      group: "你的登录不适用于这个房间。",
      role: "只有管理员可以这样做。",
      age: "消息太旧，不能撤回。",
      message: "消息已不存在。",
      info: "消息太长。",
      connection: "操作太快，请稍候。",
      slow: "发言太快，请稍候。",
      room: "发言的人太多，请稍候。",
      login: "登录已失效。",
      expired: "登录已过期。",
      redis: "服务器暂时无法保存。",
      queue: "等待发送的消息太多。",
      offline: "没有连接。",
      unknown: "没有收到回应。",
      token: "无法更新登录，正在重试…",
      closed: "房间已关闭。",
    },
    refused: (reason) => `被拒绝：${reason}`,
  },
};

/* ---- style ---- */

const STYLE = `
:host {
  --bg: #fff; --soft: #f1f3f5; --line: #d4d9de; --text: #1b1f24; --faint: #57606a;
  --accent: var(--fastim-accent, #0b5fd1); --on-accent: var(--fastim-on-accent, #fff);
  --mine: #dbe9ff; --bad: #a8200d; --hint: #fff4ce;
  --n0: #a3260c; --n1: #844300; --n2: #575b00; --n3: #1e6b2d;
  --n4: #00636a; --n5: #1d5fb5; --n6: #6a3fc0; --n7: #a0247e;
  color-scheme: light dark; container-type: inline-size; display: block; position: relative;
  height: 32rem; min-height: 14rem; overflow: hidden; border: 1px solid var(--line);
  border-radius: .6rem; background: var(--bg); color: var(--text);
  font: 1rem/1.45 system-ui, "Noto Sans", "PingFang SC", "Microsoft YaHei", sans-serif;
}
@media (prefers-color-scheme: dark) {
  :host {
    --bg: #14171a; --soft: #23282e; --line: #3b434b; --text: #e8eaed; --faint: #abb5bf;
    --accent: var(--fastim-accent, #8abaff); --on-accent: var(--fastim-on-accent, #0c1117);
    --mine: #1c3553; --bad: #ffa79e; --hint: #3a3212;
    --n0: #ffb4ab; --n1: #ffb77c; --n2: #d5d06b; --n3: #94d99b;
    --n4: #7fd6d8; --n5: #a9c7ff; --n6: #cfbcff; --n7: #ffafd8;
  }
}
:host([hidden]), [hidden] { display: none !important; }
:host([page]) { position: fixed; inset: 0; height: auto; border: 0; border-radius: 0; }
* { box-sizing: border-box; }
.root { display: flex; flex-direction: column; height: 100%; }
header { display: flex; align-items: center; gap: .6rem; padding: .5rem .9rem;
  border-bottom: 1px solid var(--line); }
h1, h2 { flex: 1; margin: 0; font-size: 1.05rem; overflow: hidden; text-overflow: ellipsis;
  white-space: nowrap; }
button, input, textarea { font: inherit; color: inherit; }
button { border: 1px solid var(--line); border-radius: .5rem; background: var(--bg);
  padding: .3rem .7rem; cursor: pointer; }
button:disabled { color: var(--faint); cursor: default; }
button:focus-visible, textarea:focus-visible, input:focus-visible, .log:focus-visible,
  .text:focus-visible { outline: 2px solid var(--accent); outline-offset: -2px; }
.main { background: var(--accent); color: var(--on-accent); border-color: transparent; }
.main:disabled { background: var(--soft); color: var(--faint); border-color: var(--line); }
.bar { display: flex; gap: .6rem; align-items: baseline; padding: .4rem .9rem;
  border-bottom: 1px solid var(--line); background: var(--soft); overflow-wrap: anywhere;
  white-space: pre-wrap; max-height: 7rem; overflow: auto; }
.bar b { flex: none; }
.bar span { flex: 1; }
.bar.notice { background: var(--hint); }
.middle { position: relative; flex: 1; min-height: 0; display: flex; }
.log { flex: 1; min-width: 0; overflow-y: auto; overflow-anchor: none; padding: .6rem .9rem;
  overscroll-behavior: contain; }
ol, ul { list-style: none; margin: 0; padding: 0; }
.more { display: block; margin: 0 auto .6rem; }
.empty { color: var(--faint); text-align: center; }
.log li { contain: layout style; margin: 0 20% .55rem 0; display: flex; flex-wrap: wrap;
  align-items: end; gap: .1rem .4rem; }
.log li.own { margin: 0 0 .55rem 20%; flex-direction: row-reverse; }
.head { width: 100%; font-size: .8rem; color: var(--faint); }
.own .head { text-align: end; }
.who { font-weight: 600; margin-inline-end: .4rem; }
.n0 { color: var(--n0); } .n1 { color: var(--n1); } .n2 { color: var(--n2); }
.n3 { color: var(--n3); } .n4 { color: var(--n4); } .n5 { color: var(--n5); }
.n6 { color: var(--n6); } .n7 { color: var(--n7); }
.text { max-width: 100%; padding: .35rem .7rem; border-radius: .8rem; background: var(--soft);
  overflow-wrap: anywhere; white-space: pre-wrap; unicode-bidi: plaintext; text-align: start; }
.text.long { max-height: 16rem; overflow: auto; }
.own .text { background: var(--mine); }
.pending .text { background: none; border: 1px dashed var(--faint); }
.failed .text { border-color: var(--bad); }
.state { width: 100%; font-size: .8rem; color: var(--faint); text-align: end; }
.failed .state { color: var(--bad); }
.log li button { font-size: .8rem; padding: .1rem .5rem; }
.log li .recall { opacity: 0; border-color: transparent; color: var(--faint); }
.log li:hover .recall, .recall:focus-visible { opacity: 1; }
@media (hover: none) { .log li .recall { opacity: 1; } }
.new { position: absolute; inset-inline: 0; bottom: .6rem; margin: auto; width: max-content;
  border-radius: 1rem; box-shadow: 0 1px 6px #0005; }
.people { width: 13rem; overflow-y: auto; border-inline-start: 1px solid var(--line);
  padding: .6rem .9rem; background: var(--bg); }
.people b { display: block; margin: 0 0 .4rem; font-size: .9rem; }
.people li { overflow-wrap: anywhere; }
.told { min-height: 1.6rem; padding: .1rem .9rem; font-size: .85rem; color: var(--faint); }
.bad { color: var(--bad); }
.clock { margin-inline-start: .3rem; }
form { display: flex; gap: .5rem; align-items: end; padding: 0 .9rem .7rem; }
textarea { flex: 1; min-width: 0; resize: none; height: 2.6rem; max-height: 9rem; }
textarea, input { padding: .45rem .6rem; border: 1px solid var(--faint); border-radius: .5rem;
  background: var(--bg); font-size: 1rem; }
.send { height: 2.6rem; }
.login { flex-direction: column; align-items: stretch; gap: .7rem; margin: auto;
  width: min(20rem, 100% - 2rem); padding: 1rem 0; }
.login label { display: flex; flex-direction: column; gap: .2rem; font-size: .9rem; }
.login small { color: var(--faint); }
@container (max-width: 30rem) {
  .people { position: absolute; inset: 0; width: auto; border: 0; }
  header, .bar, .log, .told, form { padding-inline: .6rem; }
  .log li { margin-right: 8%; }
  .log li.own { margin-left: 8%; }
}
@media (prefers-reduced-motion: no-preference) { .recall { transition: opacity .1s; } }
`;

let sheet;

/* One for all rooms of a page; a strict Content-Security-Policy allows it. */
function styleSheet() {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
  }
  return sheet;
}

/* ---- small tools ---- */

/* An element with properties, attributes (what has a - in it, or is no property), children. */
function make(tag, { class: className, on = {}, ...rest } = {}, ...children) {
  const element = document.createElement(tag);

  if (className) {
    element.className = className;
  }
  for (const [key, value] of Object.entries(rest)) {
    if (key in element && !key.includes("-")) {
      element[key] = value;
    } else {
      element.setAttribute(key, value);
    }
  }
  for (const [type, handler] of Object.entries(on)) {
    element.addEventListener(type, handler);
  }
  element.append(...children);
  return element;
}

/* What is the same is left alone: so nothing is laid out or read out again. */
function setText(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

function setHidden(element, hidden) {
  if (element.hidden !== hidden) {
    element.hidden = hidden;
  }
}

function colorOf(userId) {
  let sum = 0;
  for (const char of userId) {
    sum = (sum * 31 + char.codePointAt(0)) % 65521;
  }
  return sum % NAME_COLORS;
}

const seconds = (ms) => Math.ceil(ms / 1000);

const isSame = (one) => (other) => one.ts === other.ts && one.userId === other.userId;

/* ---- the messages ---- */

/*
 * Shows a part of room.list, and room.pending behind it, in a bounded number of elements. While it
 * follows, that is the end of the list. While somebody reads further up it stays as it is, so that
 * nothing moves below the eyes; what is recalled goes all the same.
 *
 * The owner is {words, room, isOpen, canRecall(message), recall(message), retry(id), cancel(id),
 * moved()}. moved: it follows now, or does not any more.
 */
class MessageView {
  unread = 0;
  #owner;
  #items; // the <ol>
  #empty;
  #more;
  #shown = []; // messages, in order
  #elements = new Map(); // of these, by message
  #pending = new Map(); // {element, state}, by id
  #isFollowing = true;
  #isLoading = false;
  #oldest; // the group's first message, once it is known
  #again; // the timer, if older ones could not be had
  #top = 0; // where it was scrolled to
  #heights = ""; // of it and of all that is in it, then
  #times;
  #days;
  #arrivals = []; // when the newest messages came
  #resizes;

  constructor(owner) {
    this.#owner = owner;
    const { words } = owner;
    this.#times = new Intl.DateTimeFormat(words.locale, { timeStyle: "short" });
    this.#days = new Intl.DateTimeFormat(words.locale, { dateStyle: "medium", timeStyle: "short" });
    this.#items = make("ol", { role: "list" });
    this.#empty = make("p", { class: "empty", hidden: true }, words.empty);
    this.#more = make(
      "button",
      { class: "more", type: "button", hidden: true, on: { click: () => this.#extendUp() } },
      words.older,
    );
    this.element = make(
      "div",
      {
        class: "log",
        role: "log",
        tabIndex: 0,
        "aria-label": words.messages,
        "aria-live": "off",
        on: { scroll: () => this.#scrolled() },
      },
      this.#more,
      this.#empty,
      this.#items,
    );
    const wheel = ({ deltaY }) => deltaY < 0 && this.#leaveEnd();
    this.element.addEventListener("wheel", wheel, { passive: true });
    this.#resizes = new ResizeObserver(() => this.#isFollowing && this.draw());
    this.#resizes.observe(this.element);
  }

  get #isWhole() {
    return this.#shown[0] === this.#oldest;
  }

  get isFollowing() {
    return this.#isFollowing;
  }

  stop() {
    clearTimeout(this.#again);
    this.#resizes.disconnect();
  }

  /* ---- what the room says ---- */

  reset() {
    this.#isFollowing = true;
    this.#oldest = undefined;
    this.unread = 0;
    this.element.setAttribute("aria-live", "off"); // all of it is new: that is not read out
  }

  added(count) {
    const now = Date.now();

    this.#arrivals = this.#arrivals.concat(Array(count).fill(now)).slice(-BUSY);
    const isBusy = this.#arrivals.length === BUSY && now - this.#arrivals[0] < 5000;
    const live = isBusy ? "off" : "polite";
    if (this.element.getAttribute("aria-live") !== live) {
      this.element.setAttribute("aria-live", live);
    }
    if (!this.#isFollowing || document.hidden) {
      this.unread += count;
    }
  }

  removed(isGone) {
    this.#shown = this.#shown.filter((message) => !isGone(message));
    this.#isFollowing ||= this.#shown.length === 0; // nothing is left to read there
  }

  draw() {
    const { list, pending } = this.#owner.room;

    if (this.#isFollowing) {
      this.#shown = list.slice(-SHOWN);
      this.unread = document.hidden ? this.unread : 0;
    }
    const anchor = this.#isFollowing ? undefined : this.#anchor();
    const before = anchor?.getBoundingClientRect().top;
    this.#drawMessages();
    this.#drawPending(pending);
    setHidden(this.#empty, this.#shown.length + pending.length > 0 || !this.#owner.isOpen);
    setHidden(this.#more, this.#isWhole);
    if (this.#isFollowing) {
      this.#toEnd();
    } else if (anchor?.isConnected) {
      this.element.scrollTop += anchor.getBoundingClientRect().top - before;
      this.#note();
    }
    this.#fillTop();
  }

  /* If the reader is near the top, or there is space. Not as long as nothing of it can be seen. */
  #fillTop() {
    const { scrollTop, scrollHeight, clientHeight } = this.element;
    const hasSpace = scrollHeight <= clientHeight + EARLY_PX && this.#shown.length < SHOWN;
    const isNear = !this.#isFollowing && scrollTop < EARLY_PX;

    if (clientHeight > 0 && (hasSpace || isNear) && !this.#again) {
      this.#extendUp();
    }
  }

  follow() {
    this.#isFollowing = true;
    this.draw();
    this.#owner.moved();
  }

  /* Buttons of messages depend on what the user may do. */
  redraw() {
    this.element.setAttribute("aria-live", "off"); // nothing of it is new
    for (const element of this.#elements.values()) {
      element.remove();
    }
    this.#elements.clear();
  }

  #drawMessages() {
    const wanted = new Set(this.#shown);

    for (const [message, element] of this.#elements) {
      if (!wanted.has(message)) {
        element.remove();
        this.#elements.delete(message);
      }
    }
    let next = this.#items.firstChild;
    for (const message of this.#shown) {
      let element = this.#elements.get(message);
      if (element && element === next) {
        next = next.nextSibling;
      } else {
        element ??= this.#makeMessage(message);
        this.#elements.set(message, element);
        this.#items.insertBefore(element, next);
      }
    }
  }

  #drawPending(pending) {
    const wanted = new Set(pending.map(({ id }) => id));

    for (const [id, { element }] of this.#pending) {
      if (!wanted.has(id)) {
        element.remove();
        this.#pending.delete(id);
      }
    }
    for (const entry of pending) {
      const known = this.#pending.get(entry.id);
      if (known?.state !== entry.state) {
        const element = this.#makePending(entry);
        if (known) {
          known.element.replaceWith(element);
        }
        this.#pending.set(entry.id, { element, state: entry.state });
      }
      const { element } = this.#pending.get(entry.id);
      if (element.nextSibling || element.parentNode !== this.#items) {
        this.#items.append(element); // in order: each goes to the end
      }
    }
  }

  #makeText(info) {
    const isLong = info.length > LONG || info.split("\n").length > 20;
    return make("div", isLong ? { class: "text long", tabIndex: 0 } : { class: "text" }, info);
  }

  #makeMessage(message) {
    const { words } = this.#owner;
    const { userId, info, ts, own } = message;
    const date = new Date(ts);
    const isToday = date.toDateString() === new Date().toDateString();
    const head = make(
      "div",
      { class: "head" },
      make("bdi", { class: `who n${colorOf(userId)}` }, userId),
      make(
        "time",
        { dateTime: date.toISOString(), title: this.#days.format(date) },
        (isToday ? this.#times : this.#days).format(date),
      ),
    );
    const element = make("li", { class: own ? "own" : "other" }, head, this.#makeText(info));

    if (this.#owner.canRecall(message)) {
      const label = words.recallOf(userId, info.slice(0, 60));
      const on = { click: () => this.#owner.recall(message) };
      element.append(
        make("button", { class: "recall", type: "button", "aria-label": label, on }, words.recall),
      );
    }
    return element;
  }

  #makePending({ id, info, state, error }) {
    const { words } = this.#owner;
    const isFailed = state === "failed";
    const button = (word, click) => make("button", { type: "button", on: { click } }, word);
    const attributes = { class: `own pending ${state}`, "aria-live": "off" }; // read out once stored
    const element = make("li", attributes, this.#makeText(info));
    const said = isFailed ? words.error(error) : words[state];

    if (isFailed) {
      element.append(button(words.retry, () => this.#owner.retry(id)));
    }
    if (state !== "sent") {
      element.append(button(words.cancel, () => this.#owner.cancel(id)));
    }
    element.append(make("div", { class: "state" }, said));
    return element;
  }

  /* ---- scrolling ---- */

  /* The first message that can be seen. */
  #anchor() {
    const { top } = this.element.getBoundingClientRect();
    return [...this.#items.children].find((item) => item.getBoundingClientRect().bottom > top);
  }

  #toEnd() {
    this.element.scrollTop = this.element.scrollHeight;
    this.#note();
  }

  #note() {
    const { scrollTop, scrollHeight, clientHeight } = this.element;
    this.#top = scrollTop;
    this.#heights = `${scrollHeight} ${clientHeight}`;
  }

  #leaveEnd() {
    if (this.#isFollowing && this.element.scrollHeight > this.element.clientHeight + NEAR_PX) {
      this.#isFollowing = false;
      this.#owner.moved();
    }
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.element;
    const left = scrollHeight - clientHeight - scrollTop;
    const isUp = scrollTop < this.#top - 1;

    if (this.#isFollowing && this.#heights !== `${scrollHeight} ${clientHeight}`) {
      this.#toEnd(); // nobody has scrolled: it has another size
      return;
    }
    this.#note();
    if (isUp && left > 1) {
      this.#leaveEnd();
    } else if (!this.#isFollowing && !isUp && left < NEAR_PX) {
      this.#extendDown();
    }
    this.#fillTop();
  }

  async #extendUp() {
    const { room } = this.#owner;
    const [first] = this.#shown;

    if (this.#isLoading || !first || this.#isWhole || room.state !== "open") {
      return;
    }
    this.#isLoading = true;
    const older = await this.#olderThan(room, first).catch((error) => this.#tryLater(error));
    this.#isLoading = false;
    if (older && this.#shown[0] === first) {
      this.#oldest = older.length === 0 ? first : this.#oldest;
      this.#shown = [...older, ...this.#shown].slice(0, SHOWN_READING);
      this.draw();
    }
  }

  /* As after scrolling too fast: 429. */
  #tryLater({ retryAfter = AGAIN_MS }) {
    this.#again = setTimeout(() => {
      this.#again = undefined;
      this.#fillTop();
    }, retryAfter);
  }

  /* Of a busy room the list may have left behind what somebody reads. */
  async #olderThan(room, first) {
    const { ts, userId } = first;

    if (room.list.indexOf(first) === 0) {
      const { end } = await room.older(PAGE);
      this.#oldest = end ? room.list[0] : undefined;
    }
    const at = room.list.indexOf(first);
    if (at >= 0) {
      return room.list.slice(Math.max(0, at - PAGE), at);
    }
    const { list, end } = await room.history({ before: ts, userId, count: PAGE });
    this.#oldest = end ? (list[0] ?? first) : undefined;
    return list;
  }

  #extendDown() {
    const { list } = this.#owner.room;
    const at = list.indexOf(this.#shown.at(-1));
    const newer = at < 0 ? [] : list.slice(at + 1, at + 1 + PAGE);

    if (at < 0 || at + 1 + newer.length >= list.length) {
      this.follow();
    } else {
      this.#shown = [...this.#shown, ...newer].slice(-SHOWN_READING);
      this.draw();
    }
  }
}

/* ---- the element ---- */

const Base = globalThis.HTMLElement ?? Object; // a server that renders pages may load this, too

export class FastimRoom extends Base {
  static observedAttributes = ["group", "user", "token", "server", "name", "page", "lang"];

  #room;
  #view;
  #words;
  #parts;
  #token; // the property
  #login; // {user, token} of the form
  #aborts = new Map(); // AbortControllers of what waits, by id
  #lastOwn = 0; // ts of one's own newest message
  #wait = 0; // until when nothing may be sent, by the server's clock
  #back = 0; // until when one is kept out
  #error; // why the room is closed, or why it will be
  #told; // the timer of a passing word
  #clock;
  #soon = false;
  #drawnUsers;
  #isMod = false; // for the messages that are drawn

  /** The room of fastim.js; undefined while there is none. */
  get room() {
    return this.#room;
  }

  /** Text, or a function as `token` of fastim.js has it. */
  get token() {
    return this.#token ?? this.getAttribute("token");
  }

  set token(token) {
    this.#token = token;
    this.#restart();
  }

  connectedCallback() {
    if (!this.shadowRoot) {
      this.attachShadow({ mode: "open" }).adoptedStyleSheets = [styleSheet()];
    }
    if (Object.hasOwn(this, "token")) {
      const { token } = this; // set before this file was there
      delete this.token;
      this.#token = token;
    }
    globalThis.addEventListener("online", this.#draw);
    globalThis.addEventListener("offline", this.#draw);
    document.addEventListener("visibilitychange", this.#draw);
    this.#restart();
  }

  disconnectedCallback() {
    globalThis.removeEventListener("online", this.#draw);
    globalThis.removeEventListener("offline", this.#draw);
    document.removeEventListener("visibilitychange", this.#draw);
    this.#leave();
  }

  attributeChangedCallback(name, before, value) {
    if (before === value || !this.isConnected) {
      return;
    }
    if (name === "name") {
      this.#draw();
    } else {
      this.#restart();
    }
  }

  /* ---- where it is, and who ---- */

  get #server() {
    const own = import.meta.url;
    const home = own.endsWith("/fastim-room.js") ? new URL(".", own).href : "/";
    const base = new URL(this.getAttribute("server") ?? home, location.href).href;
    return base.replace(/^ws/, "http").replace(/\/*([?#].*)?$/, "/");
  }

  /* Of a page that is the room's alone, the last part of the address. */
  get #group() {
    const path = this.hasAttribute("page") ? location.pathname.replace(/\/+$/, "") : "";
    const group = this.getAttribute("group") ?? path.slice(path.lastIndexOf("/") + 1);

    try {
      return this.hasAttribute("group") ? group : decodeURIComponent(group);
    } catch {
      return group;
    }
  }

  get #heading() {
    return this.hasAttribute("page") ? "h1" : "h2";
  }

  get #key() {
    return `fastim ${this.#server}`;
  }

  /* Who has logged in, as long as this tab is open. */
  #remembered() {
    try {
      return JSON.parse(sessionStorage.getItem(this.#key)) ?? undefined;
    } catch {
      return undefined;
    }
  }

  #remember(login) {
    this.#login = login;
    try {
      if (login) {
        sessionStorage.setItem(this.#key, JSON.stringify(login));
      } else {
        sessionStorage.removeItem(this.#key);
      }
    } catch {
      // the browser keeps nothing: then it is known until the page is left
    }
  }

  /* Several attributes may be set at once. */
  #restart() {
    if (!this.#soon) {
      this.#soon = true;
      queueMicrotask(() => {
        this.#soon = false;
        if (this.isConnected) {
          this.#leave();
          this.#enter();
        }
      });
    }
  }

  #leave() {
    clearInterval(this.#clock);
    clearTimeout(this.#told);
    this.#clock = this.#told = undefined;
    this.#view?.stop();
    this.#room?.close();
    this.#room = this.#view = this.#parts = this.#drawnUsers = undefined;
    this.#error = undefined;
    this.#lastOwn = this.#wait = this.#back = 0;
    this.#isMod = false;
    this.#aborts.clear();
  }

  #enter() {
    const language = this.getAttribute("lang") ?? navigator.language;
    const words = /^zh\b/i.test(language) ? WORDS.zh : WORDS.en;
    const isAsked = !this.hasAttribute("user");

    this.#words = {
      ...words,
      locale: words === WORDS.zh ? "zh-CN" : "en",
      error: ({ reason }) => words.reasons[reason] ?? words.refused(reason),
    };
    this.#login = isAsked ? (this.#login ?? this.#remembered()) : undefined;
    if (!this.#group) {
      this.#show(make("p", { class: "empty", role: "alert" }, words.noGroup));
    } else if (isAsked && !this.#login) {
      this.#askLogin();
    } else {
      this.#open();
    }
  }

  #show(...children) {
    const lang = this.#words.locale;
    if (this.hasAttribute("page")) {
      document.documentElement.lang = lang;
    }
    this.shadowRoot.replaceChildren(make("div", { class: "root", lang }, ...children));
  }

  /* ---- logging in ---- */

  #askLogin(said = "") {
    const words = this.#words;
    const told = make("div", { class: "told bad", role: "alert" }, said);
    const user = make("input", { name: "user", autocomplete: "username", required: true });
    const password = make("input", {
      name: "password",
      type: "password",
      autocomplete: "current-password",
    });
    const button = make("button", { class: "main" }, words.enter);
    const submit = async (event) => {
      event.preventDefault();
      button.disabled = true;
      const { login, error } = await this.#post(user.value.trim(), password.value);
      button.disabled = false;
      if (login) {
        this.#remember(login);
        this.#leave();
        this.#enter();
        this.#parts?.text.focus();
      } else {
        setText(told, error);
        user.focus();
      }
    };

    user.setAttribute("autocapitalize", "none");
    this.#parts = undefined;
    this.#show(
      make("header", {}, make(this.#heading, {}, this.getAttribute("name") ?? this.#group)),
      make(
        "form",
        { class: "login", on: { submit } },
        make("label", {}, words.name, user),
        make("label", {}, words.password, password, make("small", {}, words.passwordHint)),
        button,
        told,
      ),
    );
    if (this.hasAttribute("page")) {
      document.title = this.getAttribute("name") ?? this.#group;
      user.focus();
    }
  }

  async #post(userId, password) {
    const words = this.#words;

    try {
      const response = await fetch(`${this.#server}user/login`, {
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

  async #logOut() {
    const { user, token } = this.#login;
    const headers = { userId: encodeURIComponent(user), token };

    this.#remember(undefined);
    this.#leave();
    this.#enter();
    await fetch(`${this.#server}user/logout`, { method: "POST", headers }).catch(() => {});
  }

  #tokenSource() {
    const { token } = this;

    if (typeof token === "function") {
      return token;
    }
    const known = this.#login?.token ?? token;
    return known ? (why) => (why === "first" ? known : null) : undefined;
  }

  /* ---- the room ---- */

  #open() {
    const user = this.#login?.user ?? this.getAttribute("user") ?? "";
    const token = this.#tokenSource();
    const options = { group: this.#group, user, batch: true, keep: KEEP };
    const room = fastim(this.#server, token ? { ...options, token } : options);

    this.#room = room;
    this.#view = new MessageView(this.#viewOwner());
    this.#build();
    const on = (type, handler) =>
      room.on(type, (value) => room === this.#room && handler(value)); // it may be an earlier one
    on("messages", (messages) => this.#came(messages));
    on("reset", (list) => {
      this.#view.reset();
      this.#sawOwn(list);
    });
    on("recall", (gone) => this.#view.removed(isSame(gone)));
    on("purge", ({ userId }) => this.#view.removed((message) => message.userId === userId));
    on("clear", () => this.#view.removed(() => true));
    on("notice", ({ info }) => this.#notice(info));
    on("you", ({ role }) => this.#may(role === "mod"));
    on("state", (state) => this.#moved(state));
    on("error", (error) => this.#failed(error));
    on("change", this.#draw);
    this.#draw();
  }

  #viewOwner() {
    const self = this;

    return {
      words: this.#words,
      room: this.#room,
      get isOpen() {
        return self.#room?.state === "open";
      },
      canRecall: ({ own }) => own || self.#isMod,
      recall: ({ ts, userId, own }) => this.#do(this.#room.recall(ts, own ? undefined : userId)),
      retry: (id) => this.#do(this.#room.retry(id)),
      cancel: (id) => this.#cancel(id),
      moved: () => this.#drawAround(),
    };
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
    } else if (state === "closed" && this.#error?.code === 440 && this.#login) {
      const said = this.#words.error(this.#error);
      this.#remember(undefined);
      this.#leave();
      this.#askLogin(said);
    }
  }

  #failed(error) {
    this.#error = error;
    if (error.retryAfter && error.code === 403) {
      this.#back = this.#room.now() + error.retryAfter;
    } else if (error.code !== 440) {
      this.#tell(this.#words.error(error));
    }
  }

  /* What the user did, and what became of it. */
  async #do(promise) {
    const room = this.#room;

    try {
      await promise;
    } catch (error) {
      if (room === this.#room) {
        this.#refused(error);
      }
    }
  }

  async #send() {
    const { text } = this.#parts;
    const info = text.value;

    if (!info.trim() || this.#mustWait() || text.disabled) {
      return;
    }
    const room = this.#room;
    const abort = new AbortController();
    const before = room.pending.length;
    const sent = room.send(info, { signal: abort.signal });
    const { id, state } = room.pending[before] ?? {}; // none: it was refused at once
    text.value = "";
    this.#fit();
    if (state === "waiting") {
      this.#aborts.set(id, abort);
    }
    this.#view.follow();
    await this.#do(sent);
    this.#aborts.delete(id);
    if (room === this.#room) {
      if (!id && !text.value) {
        text.value = info;
      }
      this.#draw();
    }
  }

  /* Without a reason it was taken back. */
  #refused(error) {
    if (error.reason === "slow" && error.retryAfter) {
      this.#wait = this.#room.now() + error.retryAfter;
    } else if (error.reason) {
      this.#tell(this.#words.error(error));
    }
  }

  #cancel(id) {
    const isThere = () => this.#room.pending.some((entry) => entry.id === id);

    this.#aborts.get(id)?.abort();
    this.#aborts.delete(id);
    this.#room.discard(id);
    if (isThere()) {
      this.#tell(this.#words.tooLate);
    }
    this.#parts.text.focus();
  }

  #notice(info) {
    const words = this.#words;
    const close = make("button", { type: "button", "aria-label": words.close }, "×");
    const bar = make(
      "div",
      { class: "bar notice" },
      make("b", {}, words.notice),
      make("span", {}, info),
      close,
    );

    close.addEventListener("click", () => {
      bar.remove();
      this.#parts?.text.focus();
    });
    this.#parts.notices.append(bar);
    if (this.#parts.notices.childElementCount > NOTICES) {
      this.#parts.notices.firstChild.remove();
    }
  }

  /* A passing word. */
  #tell(text) {
    clearTimeout(this.#told);
    this.#told = setTimeout(() => {
      this.#told = undefined;
      this.#draw();
    }, TOLD_MS);
    if (this.#parts) {
      this.#parts.told.classList.add("bad");
      setText(this.#parts.told, text);
    }
  }

  /* ---- what is around the messages ---- */

  #build() {
    const words = this.#words;
    const button = (props, ...rest) => make("button", { type: "button", ...props }, ...rest);
    const title = make(this.#heading);
    const count = button({ "aria-expanded": "false", on: { click: () => this.#toggle() } });
    const out = button({ hidden: !this.#login, on: { click: () => this.#logOut() } }, words.leave);
    const pinned = make("span");
    const pin = make(
      "div",
      { class: "bar pin", hidden: true, tabIndex: 0, role: "region", "aria-label": words.pinned },
      make("b", {}, words.pinned),
      pinned,
    );
    const notices = make("div", { role: "status", class: "notices" });
    const names = make("ul", { role: "list" });
    const unnamed = make("p", { class: "empty" }, words.unnamed);
    const people = make(
      "div",
      { class: "people", role: "region", "aria-label": words.who, tabIndex: 0, hidden: true },
      make("b", {}, words.who),
      names,
      unnamed,
    );
    const newest = button({
      class: "new main",
      hidden: true,
      on: {
        click: () => {
          this.#view.follow();
          text.focus();
        },
      },
    });
    const told = make("span", { role: "status" });
    const clock = make("span", { class: "clock", "aria-hidden": "true" }); // not read out each second
    const text = make("textarea", {
      rows: 1,
      "aria-label": words.message,
      placeholder: words.placeholder,
      enterKeyHint: "send",
      on: { keydown: (event) => this.#typed(event), input: () => this.#fit() },
    });
    const send = make("button", { class: "send main" }, words.send);
    const submit = (event) => {
      event.preventDefault();
      this.#send();
      text.focus();
    };

    this.#parts = {
      title, count, out, pin, pinned, notices, people, names, unnamed, newest, told, clock, text,
      send,
    };
    this.#show(
      make("header", {}, title, count, out),
      pin,
      notices,
      make("div", { class: "middle" }, this.#view.element, people, newest),
      make("div", { class: "told" }, told, clock),
      make("form", { on: { submit } }, text, send),
    );
    this.shadowRoot.firstChild.addEventListener("keydown", (event) => this.#escape(event));
  }

  /* An input method composes with Enter, too. */
  #typed(event) {
    const isComposing = event.isComposing || event.keyCode === 229;

    if (event.key === "Enter" && !event.shiftKey && !isComposing) {
      event.preventDefault();
      this.#send();
    }
  }

  /* Closes what is open, then goes to the newest messages. */
  #escape(event) {
    const { people, text } = this.#parts ?? {};

    if (event.key === "Escape" && people) {
      if (!people.hidden) {
        this.#toggle();
      } else if (!this.#view.isFollowing) {
        this.#view.follow();
      }
      text.focus();
    }
  }

  /* The box grows with its text. */
  #fit() {
    const { text } = this.#parts;
    text.style.height = "";
    if (text.scrollHeight > text.clientHeight) {
      text.style.height = `${text.scrollHeight + 2}px`;
    }
  }

  #toggle() {
    const { people, count } = this.#parts;
    people.hidden = !people.hidden;
    count.setAttribute("aria-expanded", String(!people.hidden));
    this.#drawPeople();
  }

  /* ---- drawing ---- */

  #draw = () => {
    if (this.#parts) {
      this.#view.draw();
      this.#drawAround();
    }
  };

  #drawAround() {
    const { title, count, pin, pinned, newest } = this.#parts;
    const { settings, online } = this.#room;
    const { unread, isFollowing } = this.#view;
    const words = this.#words;
    const name = this.getAttribute("name") ?? (settings.attrs.title || this.#group);

    setText(title, name);
    setText(count, words.people(online));
    setText(pinned, settings.pinned);
    setHidden(pin, settings.pinned === "");
    setText(newest, unread ? words.newMessages(unread) : words.newest);
    setHidden(newest, isFollowing);
    this.#drawPeople();
    this.#drawWriting();
    if (this.hasAttribute("page")) {
      const said = unread ? `(${unread}) ${name}` : name;
      document.title = document.title === said ? document.title : said;
    }
  }

  #drawPeople() {
    const { people, names, unnamed } = this.#parts;
    const { users } = this.#room;

    if (people.hidden || this.#drawnUsers === users) {
      return;
    }
    this.#drawnUsers = users;
    setHidden(unnamed, users !== undefined);
    const sorted = [...(users ?? [])].sort((one, other) => one.localeCompare(other));
    const item = (id) => make("li", {}, make("bdi", { class: `n${colorOf(id)}` }, id));
    names.replaceChildren(...sorted.map(item));
  }

  /* Ms until something may be sent again. */
  #mustWait() {
    const { settings, you } = this.#room;
    const slow = you.role || !this.#lastOwn ? 0 : this.#lastOwn + settings.slow * 1000;
    return Math.max(0, settings.slow ? slow - this.#room.now() : 0, this.#wait - this.#room.now());
  }

  /* Why this user may not write at all; "": may. */
  #silence() {
    const { settings, you, state } = this.#room;
    const words = this.#words;
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
    const words = this.#words;

    if (!navigator.onLine && state !== "open") {
      return words.offline;
    }
    return { connecting: words.connecting, waiting: words.lost }[state] ?? "";
  }

  #drawWriting() {
    const { told, clock, text, send } = this.#parts;
    const words = this.#words;
    const wait = this.#mustWait();
    const silence = this.#silence();
    const out = this.#mustStayOut();
    const why = out > 0 ? words.reasons.banned : silence || this.#stateText();
    const slow = wait > 0 ? words.slow : "";
    const next = wait > 0 && !why ? words.next(seconds(wait)) : "";

    if (text.disabled !== (silence !== "")) {
      text.disabled = silence !== "";
    }
    if (send.disabled !== (silence !== "" || wait > 0)) {
      send.disabled = silence !== "" || wait > 0;
    }
    if (!this.#told) {
      told.classList.toggle("bad", silence !== "" && this.#room.state === "closed");
      setText(told, why || slow);
    }
    setText(clock, out > 0 ? words.back(seconds(out)) : next);
    this.#tick(wait > 0 || Math.max(this.#back, this.#room.you.muted) > this.#room.now());
  }

  /* While something is counted down. */
  #tick(isNeeded) {
    if (isNeeded && !this.#clock) {
      this.#clock = setInterval(this.#draw, 250);
    } else if (!isNeeded && this.#clock) {
      clearInterval(this.#clock);
      this.#clock = undefined;
    }
  }
}

globalThis.customElements?.define("fastim-room", FastimRoom);

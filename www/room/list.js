/* list.js - the messages of a room, as many of them as a page should have. */
import { h, setHidden } from "../elements.js";
import { Items } from "./items.js";

const SHOWN = 200; // messages on the page, while the newest are followed
const SHOWN_READING = 600; // ... and while somebody reads further up
const PAGE = 50; // older messages at once
const NEAR_PX = 48; // so near to the end counts as the end
const EARLY_PX = 300; // so near to the top older ones are fetched
const BUSY = 20; // with more messages in five seconds, a screen reader is not told of each
const AGAIN_MS = 2000; // after older messages could not be had

/*
 * Shows a part of room.list, and room.pending behind it, in a bounded number of elements. While it
 * follows, that is the end of the list. While somebody reads further up it stays as it is, so that
 * nothing moves below the eyes; what is recalled goes all the same.
 *
 * The owner is {words, room, isOpen, canRecall(message), recall(message), retry(id), cancel(id),
 * moved()}. moved: it follows now, or does not any more.
 */
export class MessageView {
  unread = 0;
  #owner;
  #items;
  #list = h("ol", { role: "list" });
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
  #arrivals = []; // when the newest messages came
  #resizes;

  constructor(owner) {
    this.#owner = owner;
    const { words } = owner;
    this.#items = new Items(owner);
    this.#empty = h("p", { class: "empty", hidden: true }, words.empty);
    this.#more = h(
      "button",
      { class: "more", type: "button", hidden: true, click: () => this.#extendUp() },
      words.older,
    );
    this.element = h(
      "div",
      {
        class: "log",
        role: "log",
        tabIndex: 0,
        "aria-label": words.messages,
        "aria-live": "off",
        scroll: () => this.#scrolled(),
      },
      this.#more,
      this.#empty,
      this.#list,
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
    let next = this.#list.firstChild;
    for (const message of this.#shown) {
      let element = this.#elements.get(message);
      if (element && element === next) {
        next = next.nextSibling;
      } else {
        element ??= this.#items.stored(message);
        this.#elements.set(message, element);
        this.#list.insertBefore(element, next);
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
        const element = this.#items.pending(entry);
        if (known) {
          known.element.replaceWith(element);
        }
        this.#pending.set(entry.id, { element, state: entry.state });
      }
      const { element } = this.#pending.get(entry.id);
      if (element.nextSibling || element.parentNode !== this.#list) {
        this.#list.append(element); // in order: each goes to the end
      }
    }
  }

  /* ---- scrolling ---- */

  /* The first message that can be seen. */
  #anchor() {
    const { top } = this.element.getBoundingClientRect();
    return [...this.#list.children].find((item) => item.getBoundingClientRect().bottom > top);
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

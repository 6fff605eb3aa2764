/*
 * clock.js - time and chance in the hands of a test: timers that run when the test says so, and a
 * random that a seed repeats. The client takes both from its globals.
 */
const real = { setTimeout, clearTimeout, setImmediate, now: Date.now, random: Math.random };

/* All promises that can go on have done so. */
export function settled() {
  return new Promise((resolve) => real.setImmediate(resolve));
}

/* mulberry32 */
export function randomOf(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export class Clock {
  now = 1648368380000;
  #timers = new Map();
  #last = 0;

  /* Until restore(). */
  constructor(seed = 1) {
    globalThis.setTimeout = (run, ms = 0) => {
      this.#timers.set(++this.#last, { run, at: this.now + (ms > 2 ** 31 - 1 || !(ms > 1) ? 1 : Math.floor(ms)) });
      return this.#last;
    };
    globalThis.clearTimeout = (id) => void this.#timers.delete(id);
    Date.now = () => this.now;
    Math.random = randomOf(seed);
  }

  restore() {
    Object.assign(globalThis, { setTimeout: real.setTimeout, clearTimeout: real.clearTimeout });
    Object.assign(Math, { random: real.random });
    Object.assign(Date, { now: real.now });
  }

  get waiting() {
    return this.#timers.size;
  }

  /* Time goes on: each timer runs when it is due, and what it has set off comes to rest. */
  async run(ms) {
    const end = this.now + ms;

    for (;;) {
      await settled();
      let next;
      for (const [id, timer] of this.#timers) {
        if (timer.at <= end && (!next || timer.at < next.timer.at)) {
          next = { id, timer };
        }
      }
      if (!next) {
        this.now = Math.floor(end);
        return;
      }
      this.#timers.delete(next.id);
      this.now = Math.max(this.now, next.timer.at);
      next.timer.run();
    }
  }

  /* The machine slept: time has gone on, and nothing ran. */
  sleep(ms) {
    this.now += ms;
  }
}

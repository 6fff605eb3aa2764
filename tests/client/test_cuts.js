/*
 * test_cuts.js - connections are cut at every byte of a scripted session, and at random in 1,000
 * others; at the end, and whenever it says that something has changed, the room shows what it must.
 */
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { fastim } from "../../www/fastim.js";
import { Clock, randomOf, settled } from "./clock.js";
import { Server } from "./server.js";

const SEEDS = Number(process.env.SEEDS || 1000);
const ARE_ALL = process.env.CUTS !== "frames"; // a cut amid a frame loses what one at its first byte does
const unhandled = [];

process.on("unhandledRejection", (reason) => unhandled.push(reason));
process.on("uncaughtException", (error) => unhandled.push(error));
after(() => assert.deepEqual(unhandled, []));

/* A room of "me", and what it must hold to. */
class Watched {
  sent = []; // {info, outcome}
  infos = new Set();

  constructor(server, options) {
    this.server = server;
    this.room = fastim("ws://host", { user: "me", group: "g", WebSocket: server.WebSocket, queue: { ms: 1e9 }, ...options });
    this.room.on("change", () => this.#check());
    this.room.on("message", () => { throw new Error("a handler's mistake"); });
    this.heard = [];
    this.room.on("messages", (batch) => this.heard.push(...batch));
  }

  say(info) {
    const entry = { info };

    this.sent.push(entry);
    this.room.send(info).then(
      ({ ts }) => { entry.outcome = ts; },
      (error) => { entry.outcome = error; },
    );
  }

  /* Nothing twice, and what has no answer is there. */
  #check() {
    const shown = [...this.room.list.filter(({ own }) => own), ...this.room.pending].map(({ info }) => info);

    assert.equal(new Set(shown).size, shown.length, `twice: ${shown}`);
    for (const { info, outcome } of this.sent) {
      const isGone = this.server.stored.some((one) => one.info === info);
      assert.ok(outcome !== undefined || isGone || shown.includes(info), `lost: ${info}`);
    }
  }

  async checkEnd() {
    const { room, server } = this;
    const shown = room.list.map(({ own, ...message }) => message);
    const due = server.listNum < 1000 ? server.list.slice(server.list.length - shown.length) : server.list;
    const stored = server.stored.filter(({ user }) => user === "me").map(({ info }) => info);
    const refused = this.sent.filter(({ outcome }) => outcome instanceof Error);

    assert.equal(room.state, "open");
    assert.deepEqual(shown, due);
    assert.deepEqual(room.pending.map(({ info, state }) => [info, state]), refused.map(({ info }) => [info, "failed"]));
    assert.deepEqual(stored, this.sent.filter((one) => !refused.includes(one)).map(({ info }) => info), "once, in order");
    assert.ok(this.sent.every(({ outcome }) => outcome !== undefined), "no answer");
    assert.deepEqual(server.amiss, []);
    room.close();
    await settled();
    assert.equal(server.sockets.filter(({ readyState }) => readyState < 2).length, 0);
  }
}

async function withClock(seed, run) {
  const clock = new Clock(seed);
  const { reportError } = globalThis;

  globalThis.reportError = (error) => { // "a handler's mistake" is, a failed check is not
    if (error.message !== "a handler's mistake") {
      throw error;
    }
  };
  try {
    await run(clock);
    await clock.run(200000);
    assert.equal(clock.waiting, 0, "timers after the end");
  } finally {
    globalThis.reportError = reportError;
    clock.restore();
  }
}

/* ---- every byte ---- */

const SCRIPT = [
  ({ server }) => server.say("you", "hi"),
  (me) => me.say("one"),
  (me) => { me.say("two"); me.say("three"); },
  ({ server }) => server.sayLate("you", "late", 5),
  ({ server }) => server.recall("you", server.list[0].ts),
  ({ server, room }) => room.list.length && room.recall(server.list.find(({ info }) => info === "one")?.ts ?? 1),
  ({ server }) => server.notice("closing soon"),
  ({ server }) => { server.say("bad", "spam"); server.say("bad", "more spam"); server.purge("bad"); },
  (me) => me.say("four"),
  ({ server }) => server.passing({ type: "settings", settings: { slow: 5, quiet: false, cap: 0, pinned: "", attrs: {} } }),
  (me) => { me.say("five"); me.server.clear(); me.say("six"); },
  ({ server }) => server.say("you", "bye"),
];

async function scripted(cutAt) {
  let ends;

  await withClock(7, async (clock) => {
    const server = new Server(clock, { cutAt: (n) => (n === 0 ? cutAt : Infinity) });
    server.say("you", "before");
    const me = new Watched(server, {});
    for (const step of SCRIPT) {
      await clock.run(20);
      step(me);
    }
    await clock.run(10000);
    ({ ends } = server.sockets[0]);
    await me.checkEnd();
  });
  return ends;
}

test(`a session that is cut at ${ARE_ALL ? "any byte" : "either end of any frame"} ends as one that is not`, async () => {
  const ends = await scripted(Infinity);
  const bytes = ends.at(-1);
  const cuts = ARE_ALL ? Array.from({ length: bytes + 1 }, (_, n) => n) : ends.flatMap((end) => [end - 1, end]).slice(1);

  assert.ok(bytes > 2000 && ends.length > 25, `${bytes} bytes, ${ends.length} frames`);
  for (const cut of cuts) {
    await scripted(cut).catch((error) => {
      throw new Error(`cut at byte ${cut}: ${error.message}`, { cause: error });
    });
  }
});

/* ---- at random ---- */

function act(me, chance) {
  const { server, room } = me;
  const any = () => server.list[Math.floor(chance() * server.list.length)];
  const own = () => room.list.findLast((message) => message.own);
  const n = (me.count = (me.count ?? 0) + 1);
  const acts = [
    () => me.say(`mine ${n}`),
    () => { for (let i = 0; i < 6; i++) me.say(`mine ${n}.${i}`); },
    () => server.say("you", `yours ${n}`),
    () => { for (let i = 0; i < 10; i++) server.say("you", `yours ${n}.${i}`); },
    () => server.sayLate("late", `late ${n}`, n),
    () => any() && server.recall(any().userId, any().ts),
    () => own() && room.recall(own().ts),
    () => server.purge(chance() < 0.3 ? "me" : "you"),
    () => chance() < 0.2 && server.clear(),
    () => server.notice(`notice ${n}`),
    () => chance() < 0.2 && server.lose(0),
    () => server.passing({ type: "presence", online: 3, joined: ["new"] }),
    () => server.live.forEach((socket) => socket.say({ type: "reconnect", after: 3000 })),
    () => server.live.forEach((socket) => socket.end(1012)),
    () => room.older(5),
    () => room.read(server.at),
    () => room.signal("typing"),
  ];

  acts[Math.floor(chance() * acts.length)]();
}

test(`${SEEDS} sessions with cuts at random: what is shown equals the list`, async () => {
  const resumes = { true: 0, false: 0 };

  for (let seed = 1; seed <= SEEDS; seed++) {
    const run = withClock(seed, async (clock) => {
      const chance = randomOf(seed + 5000);
      let isCalm = false;
      const server = new Server(clock, {
        chance,
        listNum: seed % 4 ? 1000 : 5,
        delay: () => 1 + chance() * 30,
        cutAt: () => (isCalm ? Infinity : chance() < 0.1 ? 0 : 200 + chance() ** 2 * 8000),
        isSilent: () => chance() < 0.2,
      });
      // Always the same ones: else one whose refusal is lost may come in later than the next.
      server.refuse = (info) => (info.endsWith("2") ? { code: 429, reason: "slow", retryAfter: 1000 } : undefined);
      server.say("you", "before");
      const me = new Watched(server, { batch: seed % 3 === 0 });
      for (let i = 0; i < 40; i++) {
        act(me, chance);
        await clock.run(chance() < 0.1 ? chance() * 100000 : chance() * 200);
      }
      isCalm = true;
      server.live.forEach((socket) => socket.end(1012)); // the last ones that may be cut
      await clock.run(200000);
      await me.checkEnd();
      resumes.true += server.resumes.true;
      resumes.false += server.resumes.false;
    });
    await run.catch((error) => {
      throw new Error(`seed ${seed}: ${error.message}`, { cause: error });
    });
  }
  assert.ok(resumes.true > SEEDS && resumes.false > SEEDS, JSON.stringify(resumes));
});

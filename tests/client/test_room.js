/* test_room.js - what a room does besides being right: sending, tokens, dead connections, events. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { FastimError, fastim, groups } from "../../www/fastim.js";
import { Clock, settled } from "./clock.js";
import { Server } from "./server.js";

/* A test has a clock and a server of its own; no rejection may be unhandled, no timer left. */
function timed(name, run, options) {
  test(name, async () => {
    const clock = new Clock();
    const server = new Server(clock, options);
    const unhandled = [];
    const note = (reason) => unhandled.push(reason);
    const rooms = [];
    const enter = (more) => {
      rooms.push(fastim("ws://host/", { user: "me", group: "g", WebSocket: server.WebSocket, ...more }));
      return rooms.at(-1);
    };

    process.on("unhandledRejection", note);
    try {
      await run({ clock, server, enter });
      rooms.forEach((room) => room.close());
      await clock.run(1000);
      assert.equal(clock.waiting, 0, "timers after the end");
      assert.deepEqual(unhandled, []);
      assert.deepEqual(server.amiss, []);
    } finally {
      process.off("unhandledRejection", note);
      clock.restore();
    }
  });
}

const infos = (list) => list.map(({ info }) => info);
const states = (room) => room.pending.map(({ info, state }) => `${info} ${state}`);
const failure = (promise) => promise.then(() => assert.fail("no failure"), (error) => error);

/* ---- addresses ---- */

for (const [site, due] of [
  ["wss://host", "wss://host/group/chat/g%2Fh/%E4%BD%A0/-"],
  ["https://host/", "wss://host/group/chat/g%2Fh/%E4%BD%A0/-"],
  ["http://host:81/below/?x#y", "ws://host:81/below/group/chat/g%2Fh/%E4%BD%A0/-"],
]) {
  timed(`the address of a room at ${site}`, async ({ clock, server, enter }) => {
    const { WebSocket } = server;
    const room = fastim(site, { user: "你", group: "g/h", WebSocket });
    await clock.run(1);
    assert.deepEqual([server.sockets[0].url, server.sockets[0].protocol], [due, "fastim.v2"]);
    room.close();
    enter();
  });
}

test("an address that is none is the caller's mistake", () => {
  assert.throws(() => fastim("nowhere", { user: "u", group: "g" }), TypeError);
});

/* ---- handlers ---- */

timed("a throw or a rejection of one handler stops no other", async ({ clock, server, enter }) => {
  const reported = [];
  const heard = [];
  globalThis.reportError = (error) => reported.push(error.message);
  const room = enter();
  room.on("message", () => { throw new Error("thrown"); });
  room.on("message", async () => { throw new Error("rejected"); });
  const off = room.on("message", ({ info }) => heard.push(info));
  await clock.run(100);
  server.say("you", "one");
  await clock.run(100);
  off();
  off();
  server.say("you", "two");
  await clock.run(100);
  delete globalThis.reportError;
  assert.deepEqual(heard, ["one"]);
  assert.deepEqual(reported, ["thrown", "rejected", "thrown", "rejected"]);
  assert.deepEqual(infos(room.list), ["one", "two"]);
});

timed("handlers stay, and are called once, however often the connection is lost", async ({ clock, server, enter }) => {
  const heard = [];
  enter().on("message", ({ info }) => heard.push(info));
  for (const info of ["one", "two", "three"]) {
    await clock.run(10000);
    server.say("you", info);
    await clock.run(100);
    server.live[0].end(1012);
  }
  await clock.run(10000);
  assert.deepEqual(heard, ["one", "two", "three"]);
});

timed("with batch, messages are told 50 ms later at most, before one of them goes", async ({ clock, server, enter }) => {
  const heard = [];
  const room = enter({ batch: true });
  await clock.run(100);
  room.on("messages", (batch) => heard.push(infos(batch)));
  room.on("recall", ({ ts }) => heard.push(ts));
  server.say("you", "one");
  const ts = server.say("you", "two");
  await clock.run(10);
  assert.deepEqual([infos(room.list), heard], [["one", "two"], []]);
  server.recall("you", ts);
  await clock.run(10);
  assert.deepEqual(heard, [["one", "two"], ts]);
  server.say("you", "three");
  await clock.run(60);
  assert.deepEqual([infos(room.list), heard.at(-1)], [["one", "three"], ["three"]]);
});

timed("list has at most `keep` messages, older ones on demand", async ({ clock, server, enter }) => {
  for (let i = 0; i < 20; i++) {
    server.say("you", `old ${i}`);
  }
  const room = enter({ keep: 5 });
  await clock.run(100);
  assert.deepEqual(infos(room.list), ["old 15", "old 16", "old 17", "old 18", "old 19"]);
  const asked = room.older(10);
  assert.equal(room.older(10), asked, "one at a time");
  server.say("you", "new"); // while they are on their way
  await clock.run(100);
  assert.deepEqual(await asked, { end: false });
  assert.deepEqual([room.list.length, room.list[0].info, room.list.at(-1).info], [16, "old 5", "new"]);
  const rest = room.older(10);
  await clock.run(100);
  assert.deepEqual([await rest, room.list.length], [{ end: true }, 21]);
  server.say("you", "newer");
  await clock.run(100);
  assert.deepEqual([room.list.length, room.list[0].info], [21, "old 1"]);
  server.clear();
  for (let i = 0; i < 9; i++) {
    server.say("you", `then ${i}`);
  }
  await clock.run(100);
  assert.equal(room.list.length, 5);
});

timed("what is recalled while older messages are on their way does not come with them", async ({ clock, server, enter }) => {
  const ts = server.say("you", "shame");
  server.say("you", "fine");
  server.listNum = 1;
  const room = enter();
  await clock.run(100);
  const asked = room.older();
  await clock.run(6); // the answer is under way
  server.recall("you", ts);
  server.live[0].say({ type: "signal" });
  await clock.run(100);
  await asked;
  assert.deepEqual(infos(room.list), ["fine"]);
}, { delay: () => 5 });

/* ---- sending ---- */

timed("a message is pending until it is in the list, never in both", async ({ clock, server, enter }) => {
  const room = enter();
  const seen = new Set();
  room.on("change", () => seen.add([...states(room), ...infos(room.list)].join()));
  room.send("hello");
  assert.deepEqual(states(room), ["hello waiting"]);
  await clock.run(100);
  assert.deepEqual([...seen], ["hello waiting", "hello sent", "hello"]);
  assert.equal(room.list[0].own, true);
  assert.equal(server.stored.length, 1);
});

timed("an older message with the same words is another one", async ({ clock, server, enter }) => {
  server.say("me", "hello");
  const room = enter();
  await clock.run(100);
  const { take } = server;
  server.take = () => {}; // it is lost
  room.send("hello");
  await clock.run(100);
  server.lose(0);
  await clock.run(100);
  assert.deepEqual([infos(room.list), states(room)], [["hello"], ["hello sent"]]);
  server.take = take;
  server.live[0].end(1012);
  await clock.run(10000);
  assert.deepEqual([infos(room.list), states(room)], [["hello", "hello"], []]);
});

timed("the same words from another tab hide a message until it has failed", async ({ clock, server, enter }) => {
  const room = enter();
  await clock.run(100);
  const { take } = server;
  let late;
  server.take = (socket, frame) => { late = () => take.call(server, socket, frame); };
  room.send("hello");
  server.say("me", "hello");
  await clock.run(100);
  assert.deepEqual([infos(room.list), states(room)], [["hello"], []]);
  server.refuse = () => ({ code: 403, reason: "muted" });
  late();
  await clock.run(100);
  assert.deepEqual([infos(room.list), states(room)], [["hello"], ["hello failed"]]);
});

timed("of two with one ts, which other writers can bring about, the newer one is recalled", async ({ clock, server, enter }) => {
  const room = enter();
  await clock.run(100);
  server.sayLate("late", "first", 5);
  server.sayLate("late", "second", 5);
  server.recall("late", 5);
  await clock.run(100);
  assert.deepEqual(infos(room.list), ["first"]);
});

timed("what is refused is shown with the reason, and can be sent again or dropped", async ({ clock, server, enter }) => {
  const room = enter();
  await clock.run(100);
  server.refuse = () => ({ code: 429, reason: "slow", retryAfter: 4200 });
  const refused = failure(room.send("too soon"));
  room.send("nobody catches this");
  await clock.run(100);
  const error = await refused;
  assert.ok(error instanceof FastimError && error instanceof Error);
  assert.deepEqual([error.code, error.reason, error.retryAfter, error.message], [429, "slow", 4200, "429 slow"]);
  assert.equal(room.pending[0].error, error);
  await clock.run(10000); // retryAfter is the page's affair
  assert.deepEqual(states(room), ["too soon failed", "nobody catches this failed"]);
  server.refuse = () => undefined;
  room.discard(room.pending[1].id);
  const { ts } = await Promise.all([room.retry(room.pending[0].id), clock.run(100)]).then(([done]) => done);
  assert.deepEqual([room.pending, room.list.map((message) => message.ts)], [[], [ts]]);
  assert.equal((await failure(room.retry("unknown"))).reason, "id");
});

timed("at most `unacked` are open, all arrive in order", async ({ clock, server, enter }) => {
  const room = enter();
  await clock.run(100);
  const all = Array.from({ length: 50 }, (_, i) => `${i}`);
  all.forEach((info) => room.send(info));
  assert.equal(states(room).filter((text) => text.endsWith("sent")).length, 4);
  await clock.run(1000);
  assert.deepEqual(infos(server.list), all);
});

timed("too large a message is refused here: it would end the connection", async ({ clock, server, enter }) => {
  const room = enter();
  const early = failure(room.send("你".repeat(334)));
  room.send("你".repeat(333));
  await clock.run(100);
  const error = await early;
  assert.deepEqual([error.code, error.reason], [413, "info"]);
  assert.equal(server.stored.length, 1);
});

timed("half a surrogate pair is no text", async ({ clock, server, enter }) => {
  enter().send("a\ud800b😀");
  await clock.run(100);
  assert.deepEqual(infos(server.list), ["a\ufffdb😀"]);
});

timed("the queue has an end, in number and in time", async ({ clock, server, enter }) => {
  server.cutAt = () => 0;
  const room = enter({ queue: { max: 2, ms: 5000 } });
  const reasons = [room.send("one"), room.send("two"), room.send("three")].map(failure);
  await clock.run(6000);
  assert.deepEqual((await Promise.all(reasons)).map(({ code, reason }) => `${code} ${reason}`), ["0 offline", "0 offline", "0 queue"]);
  assert.deepEqual(states(room), ["one failed", "two failed"]);
});

timed("without an answer in time the outcome is unknown; a late ack mends it", async ({ clock, server, enter }) => {
  const room = enter({ queue: { ms: 5000 } });
  await clock.run(100);
  const { take } = server;
  let late;
  server.take = (socket, frame) => { late = () => take.call(server, socket, frame); };
  const sent = failure(room.send("hello"));
  await clock.run(5100);
  assert.equal((await sent).reason, "unknown");
  assert.deepEqual(states(room), ["hello failed"]);
  late();
  await clock.run(100);
  assert.deepEqual([states(room), infos(room.list)], [[], ["hello"]]);
});

timed("a signal takes back what waits, and nothing else", async ({ clock, server, enter }) => {
  const early = new AbortController();
  const room = enter();
  const gone = failure(room.send("gone", { signal: early.signal }));
  early.abort();
  assert.equal((await gone).name, "AbortError");
  assert.equal((await failure(room.send("never", { signal: early.signal }))).name, "AbortError");
  await clock.run(100);
  const late = new AbortController();
  const sent = room.send("sent", { signal: late.signal });
  late.abort();
  await clock.run(100);
  await sent;
  assert.deepEqual([infos(server.list), room.pending], [["sent"], []]);
});

timed("close() ends all that waits, and says so", async ({ clock, server, enter }) => {
  server.cutAt = () => 0;
  const room = enter();
  const heard = [];
  room.on("state", (state) => heard.push(state));
  const sent = failure(room.send("one"));
  room.read(5);
  await clock.run(100);
  room.close();
  room.close();
  assert.equal((await sent).reason, "closed");
  assert.equal((await failure(room.send("two"))).reason, "closed");
  assert.deepEqual([heard[0], heard.at(-1), states(room)], ["waiting", "closed", ["one failed"]]);
  const count = server.sockets.length;
  await clock.run(100000);
  assert.equal(server.sockets.length, count);
});

timed("a room that is closed at once asks for nothing", async ({ clock, server, enter }) => {
  enter({ token: () => assert.fail("asked") }).close();
  enter().close();
  await clock.run(1000);
  assert.equal(server.sockets.length, 0);
});

timed("a recall whose answer was lost is done, though there is nothing to recall", async ({ clock, server, enter }) => {
  const room = enter();
  room.send("hello");
  await clock.run(100);
  const done = room.recall(room.list[0].ts);
  await clock.run(6); // it has arrived
  server.live[0].end = undefined;
  server.sockets[0].onclose({ code: 1006 });
  await clock.run(10000);
  await done;
  assert.equal((await Promise.all([failure(room.recall(5)), clock.run(100)]))[0].reason, "message");
});

timed("reads that wait become one", async ({ clock, server, enter }) => {
  const room = enter();
  const reads = [];
  const { take } = server;
  server.take = (socket, frame) => { frame.type === "read" && reads.push(frame.ts); take.call(server, socket, frame); };
  const all = [room.read(5), room.read(9), room.read(7)];
  await clock.run(100);
  await Promise.all(all);
  assert.deepEqual(reads, [9]);
});

/* ---- tokens ---- */

timed("the token is the first frame, and is asked for again only when it is refused or ends", async ({ clock, server, enter }) => {
  const asked = [];
  const next = ["one", "two", "three"];
  server.tokens = new Set(["one"]);
  const room = enter({ token: (why) => { asked.push(why); return next.shift(); } });
  await clock.run(100);
  assert.deepEqual([room.state, asked], ["open", ["first"]]);
  server.live[0].end(1012);
  await clock.run(10000);
  assert.deepEqual([room.state, asked], ["open", ["first"]], "a token is kept");
  server.tokens = new Set(["two"]);
  server.live[0].end(1012);
  await clock.run(10000);
  assert.deepEqual([room.state, asked], ["open", ["first", "refused"]]);
  server.tokens = Object.assign(new Set(["three"]), { expired: new Set(["two"]) });
  server.live[0].end(1012);
  await clock.run(10000);
  assert.deepEqual([room.state, asked], ["open", ["first", "refused", "expired"]]);
});

timed("a token that is always refused is no loop", async ({ clock, server, enter }) => {
  let asked = 0;
  server.tokens = new Set();
  const room = enter({ token: () => `${++asked}` });
  await clock.run(600000);
  assert.ok(asked > 15 && asked < 80, `${asked} in ten minutes`);
  assert.notEqual(room.state, "closed");
});

timed("a token source may fail, as the network does; null ends it", async ({ clock, server, enter }) => {
  const errors = [];
  const answers = [() => { throw new Error("no network"); }, () => Promise.reject(new Error("still none")), () => null];
  const room = enter({ token: () => answers.shift()() });
  room.on("error", (error) => errors.push(error));
  await clock.run(100000);
  assert.deepEqual(errors.map(({ code, reason, cause }) => [code, reason, cause?.message]),
    [[0, "token", "no network"], [0, "token", "still none"], [440, "login", undefined]]);
  assert.deepEqual([room.state, server.sockets.length], ["closed", 0]);
});

timed("a token that comes after close() opens nothing", async ({ clock, server, enter }) => {
  const room = enter({ token: () => new Promise((give) => setTimeout(() => give("late"), 1000)) });
  await clock.run(100);
  room.close();
  await clock.run(2000);
  assert.equal(server.sockets.length, 0);
});

timed("a JWT is renewed within its last minute, in the same connection", async ({ clock, server, enter }) => {
  const asked = [];
  const tokens = [];
  const { take } = server;
  server.take = (socket, frame) => { frame.type === "auth" && tokens.push([frame.token, clock.now]); take.call(server, socket, frame); };
  server.you = { role: "", muted: 0, expires: clock.now + 3600000 };
  const end = server.you.expires;
  enter({ token: (why) => { asked.push(why); server.you.expires = clock.now + 7200000; return `t${asked.length}`; } });
  server.you.expires = end;
  await clock.run(100);
  server.you.expires = end;
  server.live[0].say({ type: "you", you: { ...server.you } });
  await clock.run(3600000);
  assert.deepEqual([asked, server.sockets.length], [["first", "expired"], 1]);
  const [token, at] = tokens.at(-1);
  assert.ok(token === "t2" && at >= end - 60000 && at <= end - 29000, `${end - at} ms before`);
});

/* ---- refusals ---- */

timed("a kick ends, and the client comes back then, not earlier", async ({ clock, server, enter }) => {
  const errors = [];
  const room = enter();
  room.on("error", ({ code, reason }) => errors.push(`${code} ${reason}`));
  await clock.run(100);
  server.live[0].refuse(403, "banned", 4403, { retryAfter: 10000 });
  await clock.run(9900);
  assert.deepEqual([room.state, server.sockets.length, errors], ["waiting", 1, ["403 banned"]]);
  await clock.run(3000);
  assert.equal(room.state, "open");
});

timed("a ban for ever is the end, told once", async ({ clock, server, enter }) => {
  const errors = [];
  const room = enter();
  room.on("error", ({ code, reason }) => errors.push(`${code} ${reason}`));
  await clock.run(100);
  server.live[0].refuse(403, "banned", 4403);
  await clock.run(100000);
  assert.deepEqual([room.state, server.sockets.length, errors], ["closed", 1, ["403 banned"]]);
});

timed("who needs a login and has none is told so", async ({ clock, server, enter }) => {
  const errors = [];
  server.tokens = new Set();
  const room = enter();
  room.on("error", ({ code, reason }) => errors.push(`${code} ${reason}`));
  await clock.run(100);
  server.sockets[0].refuse(440, "login", 4440); // after its 5 s
  await clock.run(100);
  assert.deepEqual([room.state, errors], ["closed", ["440 login"]]);
});

/* ---- the connection ---- */

timed("waiting grows up to 30 s, each a random part of it", async ({ clock, server, enter }) => {
  const at = [];
  server.cutAt = () => { at.push(clock.now); return 0; };
  enter();
  await clock.run(1000000);
  const waits = at.slice(1).map((time, i) => time - at[i] - 5);
  const bounds = [2000, 1000, 2000, 4000, 8000, 16000, 30000];
  waits.forEach((wait, i) => assert.ok(wait <= (bounds[i] ?? 30000) + 20, `${i}: ${wait}`));
  assert.ok(Math.max(...waits) > 25000 && new Set(waits).size > waits.length / 2);
});

timed("a silent death is found within 2.5 pings, a live one is left alone", async ({ clock, server, enter }) => {
  const room = enter();
  await clock.run(100);
  for (let i = 0; i < 10; i++) {
    await clock.run(25000);
    server.passing({ type: "ping" });
  }
  assert.equal(server.sockets.length, 1);
  server.live[0].onmessage = () => {}; // all that it says is lost
  await clock.run(62500 + 2000 + 100);
  assert.deepEqual([server.sockets.length, room.state], [2, "open"]);
});

timed("after a night's sleep a ping tells whether the connection lives", async ({ clock, server, enter }) => {
  const listeners = {};
  globalThis.addEventListener = (type, run) => { listeners[type] = run; };
  globalThis.removeEventListener = (type) => delete listeners[type];
  const room = enter();
  await clock.run(100);
  clock.sleep(8 * 3600000);
  listeners.pageshow();
  await clock.run(4900);
  assert.equal(server.sockets.length, 1, "it lives");
  server.live[0].send = () => {}; // it does not
  listeners.online();
  await clock.run(5000);
  assert.equal(room.state, "waiting");
  listeners.online();
  await clock.run(100);
  assert.equal(room.state, "open", "at once, as somebody waits");
  room.close();
  assert.deepEqual(Object.keys(listeners), []);
  delete globalThis.addEventListener;
  delete globalThis.removeEventListener;
});

timed("an attempt that hangs is given up after 15 s", async ({ clock, server, enter }) => {
  server.tokens = new Set(); // it opens, and nothing comes
  enter();
  await clock.run(14900);
  assert.equal(server.sockets.length, 1);
  await clock.run(3000);
  assert.equal(server.sockets.length, 2);
});

timed("a host that goes is left at a random moment, and the room stays open until then", async ({ clock, server, enter }) => {
  const room = enter();
  await clock.run(100);
  server.live[0].say({ type: "reconnect", after: 8000 });
  await clock.run(10);
  assert.equal(room.state, "open");
  room.send("still here");
  await clock.run(8100);
  assert.deepEqual([room.state, server.sockets.length, infos(room.list)], ["open", 2, ["still here"]]);
  assert.deepEqual(server.resumes, { true: 1, false: 1 });
});

timed("a host that goes before the list has come is left as well", async ({ clock, server, enter }) => {
  server.tokens = new Set(); // nothing comes
  const room = enter();
  await clock.run(10);
  server.sockets[0].say({ type: "reconnect", after: 4000 });
  await clock.run(10);
  assert.equal(room.state, "waiting");
  server.tokens = null;
  await clock.run(4100);
  assert.equal(room.state, "open");
});

timed("what is no frame is passed over", async ({ clock, server, enter }) => {
  const room = enter();
  await clock.run(100);
  for (const data of ["", "null", "5", "{", "[]", new ArrayBuffer(1)]) {
    server.sockets[0].onmessage({ data });
  }
  assert.equal(room.state, "open");
});

timed("after two failures the fallback is tried, by turns", async ({ clock, server, enter }) => {
  let blocked = 0;
  class Blocked {
    readyState = 0;
    constructor() { blocked++; setTimeout(() => this.onclose?.({ code: 1006 }), 10); }
    close() { this.readyState = 3; }
  }
  const room = enter({ WebSocket: Blocked, fallback: server.WebSocket });
  await clock.run(10000);
  assert.deepEqual([blocked, room.state], [2, "open"]);
  server.live[0].end(1006);
  await clock.run(10000);
  assert.deepEqual([blocked, room.state], [2, "open"], "what works is kept");
});

/* ---- what it is told ---- */

timed("presence, settings, you and the clock", async ({ clock, server, enter }) => {
  const room = enter();
  const heard = [];
  room.on("presence", (news) => heard.push(news));
  clock.now += 5000;
  await clock.run(100);
  assert.deepEqual([room.online, room.users, room.user], [2, ["me", "you"], "me"]);
  for (const [news, users, online] of [
    [{ online: 3, joined: ["new"] }, ["me", "you", "new"], 3],
    [{ online: 2, left: ["you"], joined: ["new"] }, ["me", "new"], 2],
    [{ online: 500 }, undefined, 500],
    [{ online: 501, joined: ["x"] }, undefined, 501],
    [{ online: 2, users: ["a", "b"] }, ["a", "b"], 2],
  ]) {
    server.passing({ type: "presence", ...news });
    await clock.run(50);
    assert.deepEqual([room.users, room.online], [users, online]);
    assert.deepEqual(heard.at(-1), { ...news, users });
  }
  server.passing({ type: "you", you: { role: "mod", muted: -1, expires: 0 } });
  server.passing({ type: "unheard of" });
  server.passing({ type: "constructor" });
  await clock.run(50);
  assert.deepEqual([room.you.role, room.you.muted], ["mod", -1]);
  assert.ok(Math.abs(room.now() - clock.now) < 20);
});

test("moderators speak HTTP", async () => {
  const clock = new Clock();
  const server = new Server(clock);
  const asked = [];
  const { fetch } = globalThis;
  const room = fastim("wss://host", { user: "用户", group: "g", token: () => "t", WebSocket: server.WebSocket });
  try {
    await clock.run(100);
    globalThis.fetch = async (url, { method, headers, body }) => {
      asked.push([url, method, headers, JSON.parse(body)]);
      return { json: async () => (asked.length === 1 ? { code: 200, msg: "ok", data: 5 } : { code: 403, msg: "not allowed", data: null }) };
    };
    assert.equal(await room.mod.mute("9", 600), 5);
    assert.deepEqual(asked[0], ["https://host/admin/mute", "POST",
      { "content-type": "application/json", userId: "%E7%94%A8%E6%88%B7", token: "t" }, { groupId: "g", userId: "9", seconds: 600 }]);
    assert.equal((await failure(room.mod.clear())).code, 403);
    globalThis.fetch = () => Promise.reject(new TypeError("no network"));
    assert.equal((await failure(room.mod.rules())).reason, "network");
    room.mod.purge("nobody catches this");
    await settled();
  } finally {
    room.close();
    globalThis.fetch = fetch;
    clock.restore();
  }
});

/* ---- group lists ---- */

test("a group list is kept, the newest first", async () => {
  const clock = new Clock();
  let socket;
  class WebSocket {
    readyState = 1;
    constructor(url) { this.url = url; socket = this; setTimeout(() => this.onopen({}), 1); }
    say(frame) { this.onmessage({ data: JSON.stringify(frame) }); }
    send() {}
    close() { this.readyState = 3; }
  }
  const group = (groupId, ts) => ({ groupId, ...(ts && { newMessage: { groupId, userId: "u", info: "x", ts } }), total: 1, unread: 0 });
  const lists = groups("https://host", { user: "me", WebSocket });
  const ids = () => lists.list.map(({ groupId }) => groupId).join("");
  try {
    await clock.run(10);
    assert.equal(socket.url, "wss://host/group/list/me/-");
    socket.say({ type: "groups", groups: [group("a", 1), group("b", 3), group("c")] });
    assert.deepEqual([lists.state, ids()], ["open", "bac"]);
    socket.say({ type: "group", group: group("a", 5) });
    socket.say({ type: "group", group: group("d", 4) });
    socket.say({ type: "left", groupId: "b" });
    assert.equal(ids(), "adc");
    socket.onclose({ code: 1012 });
    await clock.run(5000);
    socket.say({ type: "groups", groups: [group("z", 1)] });
    assert.deepEqual([lists.state, ids()], ["open", "z"]);
    lists.close();
    await clock.run(1000);
    assert.equal(clock.waiting, 0);
  } finally {
    clock.restore();
  }
});

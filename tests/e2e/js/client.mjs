/*
 * client.mjs - www/fastim.js in Node, driven by a test: a line of JSON on stdin is a call, a line on
 * stdout an answer or an event. See fastim_js.py.
 *
 * The WebSocket is Node's own, from 22 on; below that it is that of Debian's package node-ws.
 */
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

import { EventStream } from "../../../www/fastim-sse.js";
import { fastim, groups } from "../../../www/fastim.js";

const ofDebian = () => createRequire(import.meta.url)("/usr/share/nodejs/ws");
const WAYS = { stream: () => EventStream, ws: ofDebian };
const WebSocket = () => globalThis.WebSocket ?? ofDebian();
const EVENTS = ["reset", "messages", "recall", "purge", "clear", "notice", "settings", "presence", "you", "signal", "state", "error", "group", "left"];
let it; // the room, or the list of groups

const tell = (what) => console.log(JSON.stringify(what));
const plain = (error) => ({ code: error.code, reason: error.reason ?? String(error), retryAfter: error.retryAfter });

process.on("unhandledRejection", (error) => tell({ event: "unhandled", value: String(error) }));
process.on("uncaughtException", (error) => tell({ event: "unhandled", value: String(error?.stack) }));

/* One message twice on the screen is a mistake at any time, not at the end alone. */
function check() {
  const own = [...it.list.filter((message) => message.own), ...it.pending].map(({ info }) => info);
  if (new Set(own).size !== own.length) {
    tell({ event: "twice", value: own });
  }
}

const CALLS = {
  open({ kind, site, tokens, by, ...options }) {
    const way = { WebSocket: (WAYS[by] ?? WebSocket)() };
    if (tokens) {
      options.token = (why) => {
        tell({ event: "token", value: why });
        return tokens.length > 1 ? tokens.shift() : tokens[0];
      };
    }
    it = (kind === "groups" ? groups : fastim)(site, { ...options, ...way });
    EVENTS.forEach((type) => it.on(type, (value) =>
      tell({ event: type, value: type === "error" ? plain(value) : value })));
    if (kind !== "groups") {
      it.on("change", check);
    }
  },
  show: () => ({ list: it.list, pending: it.pending?.map(({ error, ...rest }) => ({ ...rest, error: error && plain(error) })),
    state: it.state, online: it.online, users: it.users, you: it.you, settings: it.settings }),
};

async function answer({ n, call, ...keys }) {
  try {
    if (call in CALLS) {
      tell({ n, value: CALLS[call](keys) ?? null });
    } else {
      const [owner, name] = call.startsWith("mod.") ? [it.mod, call.slice(4)] : [it, call];
      tell({ n, value: (await owner[name](...keys.args)) ?? null });
    }
  } catch (error) {
    tell({ n, error: plain(error) });
  }
}

createInterface({ input: process.stdin })
  .on("line", (line) => answer(JSON.parse(line)))
  .on("close", () => process.exit(0));

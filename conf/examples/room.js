// room.js - a chat room for uni-app and WeChat mini programs, over their own sockets, with fastim.v2.
//
//     import { openRoom } from "./room.js";
//     const room = openRoom(uni, {                    // or wx
//         url: "wss://example.org", group: "room", user: "me",
//         getToken: () => login(),                    // a token, or a promise of one; null: none, or give up
//         onChange: (room) => { this.messages = room.messages; },
//     });
//     room.send("hello");                             // waits in room.pending until it is stored
//     uni.onAppShow(() => room.wake());
//
// Nothing is lost or doubled: after a break it resumes where it was, and sends again what has no answer, with its id.

const FINAL = [1002, 1003, 1007, 1009, 1011, 4400, 4403]; // to come back will not help
const LOGIN = 4440;
const LOGINS_MAX = 3; // tokens that are refused in a row
const RETRY_MS = 1000, RETRY_MAX_MS = 30000, WAKE_MS = 5000;
const KEPT = 500; // messages in the list
const DEDUP = 100; // among so many may one be that comes again

function freshId() {
    let id = "";
    while (id.length < 12) {
        id += Math.random().toString(36).slice(2);
    }
    return id.slice(0, 12);
}

export function openRoom(platform, options) {
    const room = { messages: [], pending: [], state: "connecting", error: null, send, wake, close };
    const limits = { unacked: 16, pingS: 25, spreadMs: 2000 };
    let task = null, generation = 0, isOpen = false, position = "", spread = null, tries = 0, refused = 0;
    let retryTimer = 0, watchdog = 0;

    function change(state = room.state) {
        room.state = state;
        options.onChange?.(room);
    }

    // ---- the socket: one at a time; what an old one still says is not heard ----

    function connect() {
        const mine = ++generation;
        const names = [options.group, options.user, "-"].map(encodeURIComponent).join("/");
        const resume = position && `?resume=${position}`;
        isOpen = false;
        task = platform.connectSocket({ // with a callback it returns a task, and no promise
            url: `${options.url}/group/chat/${names}${resume}`, protocols: ["fastim.v2"], complete() {},
        });
        task.onOpen(() => mine === generation && enter(mine));
        task.onMessage(({ data }) => mine === generation && take(JSON.parse(data)));
        task.onClose(({ code }) => mine === generation && lost(code));
        task.onError(() => mine === generation && lost(1006));
        watch(limits.pingS * 2.5 * 1000);
    }

    async function enter(mine) {
        const token = await Promise.resolve(options.getToken?.()).catch(() => null);
        if (mine !== generation) {
            return;
        }
        if (token) {
            put({ type: "auth", token });
        } else if (refused > 0) {
            stop("login");
        }
    }

    function put(frame) {
        task.send({ data: JSON.stringify(frame) });
    }

    function drop() {
        const old = task;
        generation++;
        clearTimeout(watchdog);
        clearTimeout(retryTimer);
        isOpen = false;
        task = null;
        old?.close({});
    }

    function lost(code) {
        drop();
        refused = code === LOGIN ? refused + 1 : refused;
        if (FINAL.includes(code) || refused > LOGINS_MAX) {
            stop(room.error ? room.error.reason : code);
            return;
        }
        // A random time, as all clients of a host come back at once.
        const most = spread ?? (tries === 0 ? limits.spreadMs : Math.min(RETRY_MAX_MS, RETRY_MS * 2 ** (tries - 1)));
        spread = null;
        tries++;
        retryTimer = setTimeout(connect, Math.random() * most);
        change("waiting");
    }

    function stop(why) {
        drop();
        room.error = room.error || { reason: why };
        change("closed");
    }

    // A connection that says nothing is dead, though the system may not know it yet.
    function watch(ms) {
        clearTimeout(watchdog);
        watchdog = setTimeout(() => lost(1006), ms);
    }

    // ---- frames ----

    function take(frame) {
        watch(limits.pingS * 2.5 * 1000);
        handlers[frame.type]?.(frame);
    }

    function isShown(message) {
        return room.messages.slice(-DEDUP).some(
            ({ userId, ts, info }) => userId === message.userId && ts === message.ts && info === message.info);
    }

    function at(frame) {
        position = `${position.split("-")[0]}-${frame.at ?? frame.ts}`;
    }

    function keep(frame, isKept) {
        at(frame);
        room.messages = room.messages.filter(isKept);
        change();
    }

    const handlers = {
        welcome(frame) {
            Object.assign(limits, frame.limits);
            isOpen = true;
            tries = refused = 0;
            room.error = null;
            for (const each of room.pending) {
                each.isSent = false;
            }
            flush();
            change("open");
        },
        list(frame) {
            position = `${frame.epoch}-${frame.at}`;
            room.messages = frame.list;
            change();
        },
        message(frame) {
            const { userId, info, ts } = frame;
            at(frame);
            if (!isShown(frame)) {
                room.messages = [...room.messages, { groupId: options.group, userId, info, ts }].slice(-KEPT);
                change();
            }
        },
        recall: (frame) => keep(frame, ({ userId, ts }) => userId !== frame.userId || ts !== frame.ts),
        purge: (frame) => keep(frame, ({ userId }) => userId !== frame.userId),
        clear: (frame) => keep(frame, () => false),
        notice(frame) {
            at(frame);
            options.onNotice?.(frame.info);
        },
        ack: ({ id }) => settle(id),
        error(frame) {
            if (frame.id) {
                settle(frame.id, frame);
            } else {
                room.error = frame;
            }
        },
        reconnect({ after }) { // the host goes; its close follows
            spread = after;
        },
    };

    // ---- sending ----

    function settle(id, error) {
        room.pending = room.pending.filter((each) => each.id !== id);
        if (error) {
            options.onFailed?.(id, error);
        }
        flush();
        change();
    }

    function flush() {
        for (const each of room.pending.slice(0, limits.unacked)) {
            if (isOpen && !each.isSent) {
                each.isSent = true;
                put({ type: "send", id: each.id, info: each.info });
            }
        }
    }

    // Returns its id. If it is refused, onFailed gets that, and the error.
    function send(info) {
        const id = freshId();
        room.pending = [...room.pending, { id, info, isSent: false }];
        flush();
        change();
        return id;
    }

    // After the app was in the background: is the connection still there?
    function wake() {
        if (room.state === "waiting") {
            clearTimeout(retryTimer);
            connect();
        } else if (isOpen) {
            put({ type: "ping" });
            watch(WAKE_MS);
        }
    }

    function close() {
        room.error = null;
        stop("closed");
    }

    connect();
    return room;
}

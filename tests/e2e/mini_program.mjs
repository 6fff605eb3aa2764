// mini_program.mjs - what uni-app and WeChat give to conf/examples/room.js: connectSocket, with nothing of a browser.
//
// node mini_program.mjs ROOM_JS '{"url":…,"group":…,"user":…,"token":…}'. Each line of its input is a command, as
// {"do":"send","info":"hello"}, {"do":"cut"}, {"do":"wake"}, {"do":"close"}. Each change of the room is a line of output.
import { randomBytes } from "node:crypto";
import { request } from "node:http";
import { createInterface } from "node:readline";

const TEXT = 1, CLOSE = 8, PING = 9, PONG = 10;
let current = null;

class Task {
    constructor({ url, protocols, complete }) {
        this.on = {};
        this.bytes = Buffer.alloc(0);
        this.code = 1006;
        const asked = request(url.replace(/^ws/, "http"), { headers: {
            Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": randomBytes(16).toString("base64"), "Sec-WebSocket-Protocol": protocols.join(", "),
        } });
        asked.on("upgrade", (answer, socket, head) => this.opened(socket, head));
        asked.on("response", (answer) => { answer.resume(); this.on.error?.({ errMsg: `status ${answer.statusCode}` }); });
        asked.on("error", (wrong) => this.on.error?.({ errMsg: wrong.message }));
        asked.end();
        complete();
        current = this;
    }

    onOpen(fn) { this.on.open = fn; }
    onMessage(fn) { this.on.message = fn; }
    onClose(fn) { this.on.close = fn; }
    onError(fn) { this.on.error = fn; }

    opened(socket, head) {
        this.socket = socket;
        socket.on("data", (bytes) => this.take(bytes));
        socket.on("error", () => {});
        socket.on("close", () => this.on.close?.({ code: this.code, reason: "" }));
        this.on.open?.({});
        this.take(head);
    }

    take(bytes) {
        this.bytes = Buffer.concat([this.bytes, bytes]);
        for (let frame; (frame = this.next()) !== null;) {
            const [opcode, payload] = frame;
            if (opcode === TEXT) {
                this.on.message?.({ data: payload.toString() });
            } else if (opcode === PING) {
                this.write(PONG, payload);
            } else if (opcode === CLOSE) {
                this.code = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
                this.write(CLOSE, payload);
                this.socket.end();
            }
        }
    }

    // The daemon sends whole frames alone.
    next() {
        const b = this.bytes;
        let length = b.length < 2 ? 0 : b[1] & 127, at = 2;
        if (length === 126 && b.length >= 4) {
            [length, at] = [b.readUInt16BE(2), 4];
        } else if (length === 127 && b.length >= 10) {
            [length, at] = [Number(b.readBigUInt64BE(2)), 10];
        }
        if (b.length < 2 || (b[1] & 127) >= 126 && at === 2 || b.length < at + length) {
            return null;
        }
        this.bytes = b.subarray(at + length);
        return [b[0] & 15, b.subarray(at, at + length)];
    }

    write(opcode, payload) {
        const mask = randomBytes(4), head = [128 | opcode];
        head.push(...payload.length < 126 ? [128 | payload.length] : [254, payload.length >> 8, payload.length & 255]);
        this.socket?.write(Buffer.concat([Buffer.from(head), mask, payload.map((byte, i) => byte ^ mask[i & 3])]));
    }

    send({ data }) { this.write(TEXT, Buffer.from(data)); }
    close() { this.write(CLOSE, Buffer.from([3, 232])); this.socket?.end(); }
}

const { openRoom } = await import(process.argv[2]);
const { token, ...options } = JSON.parse(process.argv[3]);
const say = (line) => console.log(JSON.stringify(line));
const room = openRoom({ connectSocket: (asked) => new Task(asked) }, {
    ...options,
    getToken: () => token,
    onChange: ({ state, messages, pending, error }) => say({ state, error, pending: pending.length,
        shown: messages.map(({ userId, info }) => `${userId}: ${info}`) }),
    onFailed: (id, error) => say({ failed: id, error }),
    onNotice: (notice) => say({ notice }),
});
const commands = {
    send: ({ info }) => room.send(info),
    cut: () => current.socket.destroy(),
    wake: () => room.wake(),
    close: () => room.close(),
};
createInterface({ input: process.stdin })
    .on("line", (line) => { const command = JSON.parse(line); commands[command.do](command); })
    .on("close", () => process.exit());

// ws.js - the package ws as one would use it for chat: what a client says is sent to all of its group.
//
//   node ws.js PORT
"use strict";

const { WebSocketServer } = require("ws");

const groups = new Map();
const server = new WebSocketServer({
    host: "127.0.0.1",
    port: Number(process.argv[2]),
    backlog: 4096,
    perMessageDeflate: false,
    maxPayload: 24576,
});

server.on("connection", (client, request) => {
    const name = request.url.split("/")[3];
    let group = groups.get(name);

    if (group === undefined) {
        groups.set(name, (group = new Set()));
    }
    group.add(client);
    client.on("message", (data) => {
        for (const member of group) {
            member.send(data, { binary: false });
        }
    });
    client.on("close", () => group.delete(client));
    client.on("error", () => client.terminate());
});

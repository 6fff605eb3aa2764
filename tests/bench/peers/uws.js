// uws.js - uWebSockets.js as one would use it for chat: what a client says is published to its group.
//
//   node uws.js PORT
//
// The package is uWebSockets.js 20.30 under another name, with its binaries for Node 16 to 20; newer
// ones on npm ask for a newer C library than Debian 12 has. Without a binary it falls back to
// JavaScript, which is not what is to be measured.
"use strict";

const uws = require("uws");

if (!String(uws.App).includes("[native code]")) {
    console.error("uws.js: no binary for this Node");
    process.exit(1);
}

const port = Number(process.argv[2]);
const app = uws.App();

app.ws("/group/chat/:group/:user/:token", {
    compression: uws.DISABLED,
    maxPayloadLength: 24576,
    maxBackpressure: 64 << 20,
    idleTimeout: 120,
    upgrade: (res, req, context) => {
        res.upgrade(
            { group: req.getParameter(0) },
            req.getHeader("sec-websocket-key"),
            req.getHeader("sec-websocket-protocol"),
            req.getHeader("sec-websocket-extensions"),
            context,
        );
    },
    open: (ws) => ws.subscribe(ws.getUserData().group),
    message: (ws, message) => app.publish(ws.getUserData().group, message, false, false),
});
app.listen("127.0.0.1", port, (socket) => {
    if (!socket) {
        console.error(`uws.js: port ${port} cannot be had`);
        process.exit(1);
    }
});

// The yardstick of a broadcast: a Socket.IO server that says one message to everybody, as often as it is told to.
// Arguments: the port, the file with the message, and "recovering" to let clients resume.
// A line on the standard input is a number: so many messages, as fast as they go out.
const fs = require("node:fs");
const http = require("node:http");
const readline = require("node:readline");
const { Server } = require("socket.io");

const [port, file, recovering] = process.argv.slice(2);
const message = JSON.parse(fs.readFileSync(file, "utf8"));
const server = http.createServer();
const io = new Server(server, {
  transports: ["websocket"],
  perMessageDeflate: false,
  serveClient: false,
  ...(recovering ? { connectionStateRecovery: { maxDisconnectionDuration: 120_000 } } : {}),
});

function emit(count) {
  io.emit("job", message);
  // One after the other, so that connections are read and written between two of them.
  if (count > 1) setImmediate(emit, count - 1);
}

readline.createInterface({ input: process.stdin }).on("line", (line) => emit(Number(line)));
server.listen({ port: Number(port), host: "127.0.0.1", backlog: 4096 });

'use strict';

// The server of the soak: over TLS, in a process of its own, it answers well and in every bad way.
//
// It reads HTTP/1.1 itself, since Node's server refuses to misbehave. A request names in its path how it is to be
// served, and a number that its answer has to tell.

const fs = require('fs');
const net = require('net');
const tls = require('tls');

const LATE = 200;

// Every so many requests, if any, the server closes a connection that just fell idle, or all of them and its port.
const NEVER = Number.POSITIVE_INFINITY;
const {
  key,
  cert,
  requests = 1,
  closesIdleEvery = NEVER,
  restartsEvery = NEVER,
} = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const sockets = new Set();
const arrived = new Uint8Array(requests);
const report = { served: 0, connections: 0, atOnce: 0, restarts: 0, sentTwice: 0 };

// What carries no number of its own.
const UNCOUNTED = new Set(['moved', 'again', 'part']);

/** How a request is served, by what its path asks for. */
const ways = {
  answer: (socket, id) => answer(socket, 200, id),
  big: (socket, id) => answer(socket, 200, id.padEnd(100_000)),
  refuse: (socket, id) => answer(socket, 403, JSON.stringify({ error: id })),
  redirect: (socket, id) =>
    socket.write(`HTTP/1.1 302 Found\r\nLocation: /moved/${id}\r\nContent-Length: 0\r\n\r\n`),
  moved: (socket, id) => answer(socket, 200, id),
  again: (socket, id) => answer(socket, 200, id),
  late: (socket, id) => setTimeout(answer, Number(id) % LATE, socket, 200, id),
  part: () => hangUp(),
  reset: (socket) => socket.destroy(),
  truncate: (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf'),
  malform: (socket) => socket.end('HTTP/1.1 200 OK\r\nNo colon here\r\n\r\n'),
};

function answer(socket, status, body) {
  socket.write(`HTTP/1.1 ${status} Text\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
}

const server = tls.createServer({ key, cert });
server.on('connection', (socket) => {
  report.connections += 1;
  sockets.add(socket);
  report.atOnce = Math.max(report.atOnce, sockets.size);
  socket.on('close', () => sockets.delete(socket));
  socket.on('error', () => {});
});
server.on('secureConnection', (socket) => {
  let unread = '';
  socket.on('error', () => {});
  socket.setEncoding('latin1').on('data', (text) => {
    unread += text;
    const end = unread.indexOf('\r\n\r\n') + 4;
    if (end < 4) return;
    const length = Number(/^content-length: (\d+)/im.exec(unread)?.[1] ?? 0);
    if (unread.length < end + length) return;
    const [, way, id] = /\/(\w+)\/(\d+) HTTP/.exec(unread);
    unread = '';
    serve(socket, way, id);
  });
});

function serve(socket, way, id) {
  report.served += 1;
  if (!UNCOUNTED.has(way)) {
    report.sentTwice += arrived[id];
    arrived[id] = 1;
  }
  ways[way](socket, id);
  if (report.served % closesIdleEvery === 0) {
    setImmediate(() => socket.end());
  }
  if (report.served % restartsEvery === 0) {
    restart();
  }
}

function restart() {
  report.restarts += 1;
  const { port } = server.address();
  server.close(() => server.listen(port, '127.0.0.1'));
  hangUp();
}

function hangUp() {
  for (const socket of sockets) socket.destroy();
}

// Takes connections, and never says a word.
const silent = net.createServer((socket) => socket.on('error', () => {}).resume());

silent.listen(0, '127.0.0.1', () => {
  server.listen(0, '127.0.0.1');
  server.once('listening', () => {
    process.send({ port: server.address().port, silentPort: silent.address().port });
  });
});
process.on('message', () => process.send(report, () => process.exit()));
process.on('disconnect', () => process.exit());

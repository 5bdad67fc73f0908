'use strict';

// Runs the TLS servers of the soak, in a separate process. They give valid responses and fail in every way.
//
// The servers parse HTTP/1.1 themselves, since Node's server cannot send invalid responses. The path of a request says how to serve
// the request, and contains a number that the response must repeat.

const fs = require('fs');
const http = require('http');
const net = require('net');
const tls = require('tls');

const LATE = 200;
const SOON = 5;

// At these intervals of requests, a server closes a connection that has just become idle, restarts with a new listening socket,
// or ends a connection that it has kept. By default, it never does.
const NEVER = Number.POSITIVE_INFINITY;
const {
  key,
  cert,
  requests = 1,
  closesIdleEvery = NEVER,
  restartsEvery = NEVER,
  endsKeptEvery = NEVER,
} = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const sockets = new Set();
const arrived = new Uint8Array(requests);
const report = {
  served: 0,
  connections: 0,
  atOnce: 0,
  restarts: 0,
  sentAgain: 0,
  sentTwice: 0,
  most: 0,
};
// The connections since the last count: how many were opened, and how many were open at once at most.
let round = { opened: 0, openAtOnce: 0 };

// The idempotent methods, whose requests a client may send again (RFC 9110, section 9.2.2).
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

// The ways whose requests have no unique number.
const UNCOUNTED = new Set(['moved', 'again', 'part']);

/** The ways in which a persistent connection ends, when a request arrives or soon after a response. */
const ends = {
  closed: (socket) => socket.end(),
  reset: (socket) => socket._parent.resetAndDestroy(),
  'closed later': (socket) => setTimeout(() => socket.end(), Math.random() * SOON),
  'reset later': (socket) =>
    setTimeout(() => socket._parent?.resetAndDestroy(), Math.random() * SOON),
};

/** The ways to serve a request, by the name in its path. */
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
  kept: (socket, id) => socket.write(`HTTP/1.1 200 OK\r\nX-Id: ${id}\r\nContent-Length: 0\r\n\r\n`),
  reset: (socket) => socket.destroy(),
  truncate: (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf'),
  malform: (socket) => socket.end('HTTP/1.1 200 OK\r\nNo colon here\r\n\r\n'),
};

function answer(socket, status, body) {
  socket.write(`HTTP/1.1 ${status} Text\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
}

const server = startTls({});

// The native client does not speak this suite, and Node's client does.
const refusedServer = startTls({ maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA256' });

function startTls(options) {
  const each = tls.createServer({ key, cert, ...options });
  each.on('connection', (socket) => {
    sockets.add(socket);
    report.connections += 1;
    report.atOnce = Math.max(report.atOnce, sockets.size);
    round.opened += 1;
    round.openAtOnce = Math.max(round.openAtOnce, sockets.size);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
  each.on('secureConnection', (socket) => {
    let unread = '';
    let served = 0;
    socket.on('error', () => {});
    socket.setEncoding('latin1').on('data', (text) => {
      unread += text;
      const end = unread.indexOf('\r\n\r\n') + 4;
      if (end < 4) return;
      const length = Number(/^content-length: (\d+)/im.exec(unread)?.[1] ?? 0);
      if (unread.length < end + length) return;
      const [, method, way, id] = /^(\w+) \S*\/(\w+)\/(\d+) HTTP/.exec(unread);
      unread = '';
      serve(socket, method, way, id, served > 0);
      served += 1;
    });
  });
  return each;
}

function serve(socket, method, way, id, isKept) {
  report.served += 1;
  if (!UNCOUNTED.has(way)) {
    if (arrived[id] > 0) report[IDEMPOTENT.has(method) ? 'sentAgain' : 'sentTwice'] += 1;
    arrived[id] += 1;
    report.most = Math.max(report.most, arrived[id]);
  }
  if (isKept && Math.random() < 1 / endsKeptEvery) {
    endKept(socket, way, id);
    return;
  }
  ways[way](socket, id);
  if (report.served % closesIdleEvery === 0) {
    setImmediate(() => socket.end());
  }
  if (report.served % restartsEvery === 0) {
    restart();
  }
}

function endKept(socket, way, id) {
  const names = Object.keys(ends);
  const how = names[Math.floor(Math.random() * names.length)];
  report[how] = (report[how] ?? 0) + 1;
  if (how.endsWith('later')) ways[way](socket, id);
  ends[how](socket);
}

function restart() {
  report.restarts += 1;
  for (const each of [server, refusedServer]) {
    const { port } = each.address();
    each.close(() => each.listen(port, '127.0.0.1'));
  }
  hangUp();
}

function hangUp() {
  for (const socket of sockets) socket.destroy();
}

// This server accepts connections and never sends anything.
const silent = net.createServer((socket) => socket.on('error', () => {}).resume());

// This proxy opens tunnels to the asked port of this machine, whatever the host. When one side of a tunnel ends or fails, so does
// the other.
const proxy = http.createServer().on('connect', (request, socket) => {
  const upstream = net.connect(Number(request.url.split(':').pop()), '127.0.0.1', () => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    socket.pipe(upstream).pipe(socket);
  });
  upstream.on('error', () => socket.resetAndDestroy());
  socket.on('error', () => upstream.resetAndDestroy());
});

Promise.all([server, refusedServer, silent, proxy].map(listen)).then(
  ([port, refusedPort, silentPort, proxyPort]) =>
    process.send({ port, refusedPort, silentPort, proxyPort }),
);

function listen(each) {
  return new Promise((resolve) => {
    each.listen(0, '127.0.0.1', () => resolve(each.address().port));
  });
}

process.on('message', (what) => {
  if (what === 'count') {
    process.send(round);
    round = { opened: 0, openAtOnce: sockets.size };
  } else {
    process.send(report, () => process.exit());
  }
});
process.on('disconnect', () => process.exit());

'use strict';

// Tests that an idempotent request is sent again if its connection ends before the head of the response is complete (RFC 9112,
// section 9.3.1), three times at most and the last time on a new connection, and that nothing else is sent twice.

const assert = require('node:assert/strict');
const diagnostics = require('node:diagnostics_channel');
const http = require('node:http');
const net = require('node:net');
const { after, afterEach, before, it } = require('node:test');
const tls = require('node:tls');

const { authority, issue } = require('../../../testing/certificates.js');
const { ours } = require('../../support/packages.js');

// RFC 9110, section 9.2.2, defines these methods as idempotent.
const IDEMPOTENT = ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE', 'put'];
const OTHERS = ['POST', 'PATCH'];

/** The ways in which a server ends a connection. */
const ENDS = {
  closed: (socket) => socket.end(),
  // The connection ends without TLS's close_notify alert.
  dropped: (socket) => socket._parent.end(),
  // A TLS socket cannot be reset, but the TCP socket below it can.
  reset: (socket) => socket._parent.resetAndDestroy(),
};

const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';
// A reset may outrun what was written. The body is longer than the buffers of both sockets, so that the client has read the head once
// the body has been written.
const HEAD = `HTTP/1.1 200 OK\r\nContent-Length: 20000000\r\n\r\n${'a'.repeat(16_000_000)}`;
const PART = 'HTTP/1.1 100 Continue\r\n\r\n';

const root = authority({ commonName: 'Root' });
const { key, cert } = issue(root, { ipAddresses: ['127.0.0.1'] });
const sockets = new Set();
let server;
let proxy;
let connections = 0;
// `arrivals` holds the requests that the server has received. `serve` handles the next request: it takes the socket, the entry of
// `arrivals`, and the number of earlier requests with the same path.
let arrivals = [];
let serve;

before(async () => {
  server = tls.createServer({ key, cert }, (socket) => {
    connections += 1;
    const connection = connections;
    let served = 0;
    let unread = '';
    socket.setEncoding('latin1').on('data', (text) => {
      unread += text;
      const head = /^(\w+) (\S+) [\s\S]*?\r\n\r\n/.exec(unread);
      const length = Number(/^content-length: (\d+)/im.exec(unread)?.[1] ?? 0);
      if (!head || unread.length < head[0].length + length) return;
      const arrival = { method: head[1], path: head[2], body: unread.slice(head[0].length) };
      unread = '';
      const before = arrivals.filter(({ path }) => path === arrival.path).length;
      arrivals.push({ ...arrival, connection, served });
      served += 1;
      serve(socket, arrivals.at(-1), before);
    });
  });
  const keep = (socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  };
  server.on('connection', (socket) => socket.on('error', () => {}));
  server.on('secureConnection', keep);
  proxy = http.createServer().on('connect', (_request, socket) => {
    const upstream = net.connect(server.address().port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.pipe(upstream).pipe(socket);
    });
    // The proxy passes the server's reset on.
    upstream.on('error', () => socket.resetAndDestroy());
    socket.on('error', () => upstream.destroy());
  });
  for (const each of [server, proxy]) {
    await new Promise((resolve) => each.listen(0, '127.0.0.1', resolve));
  }
});

after(() => {
  server.close();
  proxy.close();
});

afterEach(forget);

function forget() {
  for (const socket of sockets) {
    // Node 20 never exits if it destroys a TLS socket that is closing.
    if (!socket.writableEnded) ENDS.reset(socket);
  }
  arrivals = [];
}

function client() {
  return new ours.BaseClient({
    host: '127.0.0.1',
    port: server.address().port,
    instanceId: 'id',
    serviceName: 's',
    serviceVersion: 'v1',
    sdkInfo: new ours.SDKInfo({ productName: 'p', version: '1' }),
    ca: root.cert,
  });
}

const answer = (socket) => socket.write(ANSWER);

/** Leaves `count` connections in the connection pool that have served a request. */
async function warm(count = 1) {
  const waiting = [];
  serve = (socket) => {
    waiting.push(socket);
    if (waiting.length === count) waiting.forEach(answer);
  };
  const calls = Array.from({ length: count }, () => client().request({ path: 'warm' }));
  await Promise.all(calls);
  arrivals = [];
}

/**
 * Makes a call whose connections all end behind `text`, and returns for each request whether its connection had served before.
 */
async function servedOf({ method, text, isKept }, end) {
  if (isKept) await warm();
  serve = (socket) => (text === '' ? end(socket) : socket.write(text, () => end(socket)));
  const outcome = await outcomeOf(client().request({ method, path: 'a', ...bodyOf(method) }));
  assert.equal(outcome, 'ECONNRESET');
  const list = arrivals.map(({ served }) => served > 0);
  forget();
  return list;
}

const bodyOf = (method) => (/^(put|post|patch)$/i.test(method) ? { body: { a: 'b' } } : {});
const outcomeOf = (promise) =>
  promise.then(
    ({ statusCode }) => statusCode,
    ({ code }) => code,
  );

/** The ways in which a request is sent natively: directly, through a tunnel, and with events on undici's channels. */
const WAYS = {
  straight: () => () => {},
  tunneled: () => {
    process.env.HTTPS_PROXY = `http://127.0.0.1:${proxy.address().port}`;
    return () => delete process.env.HTTPS_PROXY;
  },
  watched: () => {
    const listen = () => {};
    diagnostics.subscribe('undici:request:create', listen);
    return () => diagnostics.unsubscribe('undici:request:create', listen);
  },
};

for (const [way, enter] of Object.entries(WAYS)) {
  for (const [how, end] of Object.entries(ENDS)) {
    // Node 20, which runs this server, never exits if a TLS socket behind a tunnel was closed.
    if (way === 'tunneled' && how === 'closed') continue;

    it(`is sent once more where a kept connection is ${how}: ${way}`, async (t) => {
      t.after(enter());
      for (const method of IDEMPOTENT) {
        await warm();
        serve = (socket, _arrival, before) => (before === 0 ? end : answer)(socket);
        const response = await client().request({ method, path: 'a', ...bodyOf(method) });
        assert.equal(response.statusCode, 200);
        const [first, second, ...more] = arrivals;
        assert.deepEqual(more, []);
        assert.ok(first.served > 0 && second.served === 0, JSON.stringify(arrivals));
        const { connection: _first, served: _served, ...asked } = first;
        assert.deepEqual({ ...second, ...asked }, second);
        assert.equal(asked.method, method.toUpperCase());
      }
    });

    it(`is sent once where it could not be sent again, or where the head has come, and it is ${how}: ${way}`, async (t) => {
      t.after(enter());
      const cases = [
        // The method is not idempotent.
        ...OTHERS.flatMap((method) => ['', 'H'].map((text) => ({ method, text }))),
        // The head of the response has arrived.
        { method: 'GET', text: HEAD },
        { method: 'PUT', text: HEAD },
      ].flatMap((each) => [true, false].map((isKept) => ({ ...each, isKept })));
      for (const each of cases) {
        const served = await servedOf(each, end);
        assert.deepEqual(served, [each.isKept], `${each.method} ${each.text.length}`);
      }
    });

    it(`is sent on three connections and no more, where each is ${how}, also within the head: ${way}`, async (t) => {
      t.after(enter());
      const cases = [
        ...IDEMPOTENT.map((method) => ({ method, text: '', isKept: false })),
        ...['H', PART, ANSWER.slice(0, -1)].map((text) => ({ method: 'GET', text, isKept: true })),
        { method: 'PUT', text: 'H', isKept: true },
      ];
      for (const each of cases) {
        const served = [each.isKept, false, false];
        assert.deepEqual(await servedOf(each, end), served);
      }
    });
  }

  it(`is sent once more behind a redirect: ${way}`, async (t) => {
    t.after(enter());
    serve = (socket, { path }, before) => {
      if (path !== '/next') {
        socket.write('HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n');
      } else {
        (before === 0 ? ENDS.reset : answer)(socket);
      }
    };
    const { statusCode } = await client().request({ path: 'a' });
    assert.equal(statusCode, 200);
    assert.deepEqual(
      arrivals.map(({ path, served }) => [path.split('/').at(-1), served]),
      [
        ['a', 0],
        ['next', 1],
        ['next', 0],
      ],
    );
  });

  it(`is sent at most twice more, the last time on a new connection: ${way}`, async (t) => {
    t.after(enter());
    await warm(5);
    const kept = connections;
    serve = (socket, { connection }) => (connection <= kept ? ENDS.reset : answer)(socket);
    const calls = Array.from({ length: 5 }, (_, n) => client().request({ path: `a${n}` }));
    const responses = await Promise.all(calls);
    assert.deepEqual(
      responses.map(({ statusCode }) => statusCode),
      Array(5).fill(200),
    );
    assert.equal(arrivals.filter(({ connection }) => connection <= kept).length, 5);
    assert.equal(arrivals.length, 10);

    forget();
    await warm(5);
    serve = ENDS.reset;
    assert.equal(await outcomeOf(client().request({ path: 'b' })), 'ECONNRESET');
    const served = arrivals.map(({ served }) => served > 0);
    assert.deepEqual(served, [true, true, false]);
  });

  it(`ends with its call, by its time or its signal: ${way}`, async (t) => {
    t.after(enter());
    for (const kind of ['timeout', 'signal']) {
      await warm();
      const controller = new AbortController();
      const given = kind === 'timeout' ? { timeout: 100 } : { signal: controller.signal };
      const arrived = new Promise((resolve) => {
        // The second request receives no response.
        serve = (socket, _arrival, before) => (before === 0 ? ENDS.reset(socket) : resolve());
      });
      if (kind === 'signal') arrived.then(() => controller.abort('enough'));
      const reason = await client()
        .request({ path: kind, ...given })
        .catch((error) => error.code ?? error);
      assert.equal(reason, kind === 'timeout' ? 'ETIMEDOUT' : 'enough');
    }
  });
}

it('is one request to those who look on, and one attempt', async (t) => {
  await warm();
  const told = [];
  const names = ['request:create', 'client:sendHeaders', 'request:headers', 'request:error'];
  for (const name of names) {
    const listen = () => told.push(name);
    diagnostics.subscribe(`undici:${name}`, listen);
    t.after(() => diagnostics.unsubscribe(`undici:${name}`, listen));
  }
  const attempts = [];
  const channel = diagnostics.channel('tracing:pusher-platform:request:asyncEnd');
  const listen = ({ attempt }) => attempts.push(attempt);
  channel.subscribe(listen);
  t.after(() => channel.unsubscribe(listen));
  serve = (socket, _arrival, before) => (before === 0 ? ENDS.reset : answer)(socket);
  await client().request({ path: 'a' });
  assert.equal(arrivals.length, 2);
  assert.deepEqual(told, names.slice(0, 3));
  assert.deepEqual(attempts, [1]);
});

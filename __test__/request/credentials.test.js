'use strict';

// Tests that nothing that a call ends with, whichever client has sent it, leads to a credential of its request.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const http = require('node:http');
const { after, before, suite, test } = require('node:test');

const { authority, issue, loopback, selfSigned } = require('../../testing/certificates');
const { run } = require('../support/child');
const { waysTo } = require('../support/reachable');
const { record } = require('../support/recorder');
const { startProxy } = require('../support/tunnel');

const PROGRAM = require.resolve('./credentials_program');

/** The answers of the service by the last part of the path. */
const ANSWERS = {
  moved: { status: 302, headers: { Location: '/there' } },
  http: { status: 302, headers: { Location: 'http://127.0.0.1/there' } },
  nowhere: { status: 302, headers: { Location: 'ftp://127.0.0.1/there' } },
  refused: { status: 503, body: '{"error":"busy","error_description":"Busy"}' },
  unreadable: { status: 500, body: 'no' },
  truncated: (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf'),
  chunk: (socket) => socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nno\r\n'),
  upgrade: (socket) => socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: a\r\n\r\n'),
  long: { headers: { 'X-Long': 'a'.repeat(20_000) } },
  malformed: (socket) => socket.end('This is not HTTP.\r\n\r\n'),
  reset: (socket) => socket.destroy(),
  silent: () => {},
};

function respond({ target }, socket) {
  const answer = ANSWERS[target.split('/').pop()];
  if (typeof answer === 'function') {
    answer(socket);
    return null;
  }
  return (
    answer ?? 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-T: t\r\n\r\n'
  );
}

suite('no credential can be reached', () => {
  const running = [];
  let given;
  before(async () => {
    const own = selfSigned({ commonName: '127.0.0.1', ipAddresses: ['127.0.0.1'] });
    const other = issue(authority({ commonName: 'Other' }), {
      commonName: 'b',
      dnsNames: ['b.example'],
    });
    const start = async (certificate) => {
      const server = await record({ respond, certificate });
      running.push(server);
      return server.port;
    };
    const ca = [loopback().ca, own.cert, other.ca].join('\n');
    const proxy = await startProxy();
    running.push(proxy);
    const refusing = http.createServer().on('connect', (_request, socket) => {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n');
    });
    running.push(refusing);
    await once(refusing.listen(0, '127.0.0.1'), 'listening');
    const ports = {
      service: await start(loopback()),
      selfSigned: await start(own),
      otherName: await start(other),
      proxy: proxy.port,
      refusing: refusing.address().port,
    };
    given = JSON.stringify({ ports, ca });
  });
  after(async () => {
    for (const server of running) await server.close();
  });

  const callBy = async (transport) => {
    const env = { PUSHER_PLATFORM_TRANSPORT: transport };
    return (await run(PROGRAM, { env, args: [given] })).json;
  };
  for (const transport of ['auto', 'node']) {
    test(`from what a call ends with: ${transport}`, async () => {
      const { found } = await callBy(transport);
      const leading = Object.entries(found).filter(([, ways]) => ways.length > 0);
      assert.deepEqual(leading, []);
    });
  }

  test('and both clients end the calls alike', async () => {
    const [one, other] = [await callBy('auto'), await callBy('node')];
    // What they say of a response that is not HTTP depends on the parser.
    const same = ({ ends }) =>
      Object.entries(ends).filter(([name]) => !/HTTP|chunk|protocol|many/.test(name));
    assert.deepEqual(same(one), same(other));
    const answered = Object.values(one.ends).filter((end) => end === '200');
    assert.equal(answered.length, 6);
    assert.match(one.ends['refused for the name'], /does not match certificate's altnames/);
  });
});

test('the walk finds what is hidden', () => {
  const bytes = Buffer.alloc(4, 'hush');
  class Holder {
    get shown() {
      return { bytes };
    }
  }
  const hidden = Object.defineProperty(new Holder(), Symbol('s'), { value: ['hush'] });
  assert.deepEqual(waysTo(hidden, ['hush']).sort(), ['it.Symbol(s).0', 'it.__proto__.shown.bytes']);
});

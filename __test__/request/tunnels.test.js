'use strict';

// Tests what Node's client leaves behind: the tunnels of calls that have ended, and the connections of agents that are not used any
// more. Also tests that a fault of TLS in a tunnel is the error of its call.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const https = require('node:https');
const net = require('node:net');
const { after, before, suite, test } = require('node:test');

const { createPlatform } = require('pusher-platform-native/testing');
const { agentFor } = require('../../lib/request/node_http/agents');
const { run } = require('../support/child');
const { IDENTITY, optionsOf } = require('../support/local');
const { names } = require('../support/packages');
const { record } = require('../support/recorder');
const { startProxy } = require('../support/tunnel');

const TRANSPORTS = ['auto', 'node'];

/** Proxies that leave a call waiting: what each does with a connection. */
const SILENT = {
  'that does not respond': ['http', () => {}],
  'whose tunnel leads nowhere': [
    'http',
    (socket) => socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\n\r\n')),
  ],
  'that begins no TLS': ['https', () => {}],
};

/** Starts a server that notes how many of its connections are open. */
async function listen(serve) {
  const open = new Set();
  let count = 0;
  const server = net.createServer((socket) => {
    count += 1;
    open.add(socket.on('error', () => {}).on('close', () => open.delete(socket)));
    // A connection is only closed after its end has been read.
    serve(socket.resume());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { server, open, count: () => count, port: server.address().port };
}

for (const [kind, [scheme, serve]] of Object.entries(SILENT)) {
  for (const transport of TRANSPORTS) {
    test(`a call that is aborted leaves no connection to a proxy ${kind}: ${transport}`, async (t) => {
      const { server, open, count, port } = await listen(serve);
      t.after(() => {
        server.close();
        for (const socket of open) socket.destroy();
      });
      const program = `
        const { Instance } = require('.');
        const { optionsOf } = require('./__test__/support/local');
        // An odd path is for Node's client, whichever transport is chosen.
        const call = (options) =>
          new Instance(optionsOf({ host: '127.0.0.1', port: 1 }))
            .request({ method: 'GET', path: 'a/./b', ...options })
            .then(() => 'resolved', (error) => error.code || error);
        const controller = new AbortController();
        setTimeout(() => controller.abort('aborted'), 300);
        Promise.all([
          call({ timeout: 300 }), call({ timeout: 300, retry: 1 }), call({ signal: controller.signal }),
        ]).then((ends) => console.log(JSON.stringify(ends)));
      `;
      const env = {
        HTTPS_PROXY: `${scheme}://127.0.0.1:${port}`,
        PUSHER_PLATFORM_TRANSPORT: transport,
      };
      const { json, code, timedOut } = await run(program, { env, timeout: 20_000 });
      assert.deepEqual([json, code, timedOut], [['ETIMEDOUT', 'ETIMEDOUT', 'aborted'], 0, false]);
      assert.ok(count() >= 3, `${count()} connections`);
    });
  }
}

test('an agent that is dropped closes the connections that no request uses', async (t) => {
  const { port, ca, close } = await record();
  t.after(close);
  const agent = agentFor({});
  /** Makes a request, and returns its socket once the request does not use it any more. */
  const get = async (during = () => {}) => {
    const request = https.get({ host: '127.0.0.1', port, ca, agent, path: '/a' });
    const [response] = await once(request, 'response');
    const { socket } = response;
    during();
    response.resume();
    while (!socket.destroyed && !Object.values(agent.freeSockets).flat().includes(socket)) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    return socket;
  };
  const drop = () => {
    for (let index = 0; index < 64; index++) agentFor({ proxy: `http://127.0.0.1:${index + 1}` });
  };
  const [idle, other] = await Promise.all([get(), get()]);
  assert.deepEqual([idle.destroyed, other.destroyed], [false, false]);
  let inUse;
  const used = await get(() => {
    drop();
    inUse = Object.values(agent.sockets).flat();
  });
  assert.deepEqual(inUse, [used]);
  assert.deepEqual([idle.destroyed, other.destroyed, used.destroyed], [true, true, true]);
  assert.notEqual(agentFor({}), agent);
});

suite('a fault of the settings of TLS is the error of a call', () => {
  let platform;
  let proxy;
  before(async () => {
    platform = await createPlatform(IDENTITY);
    proxy = await startProxy();
  });
  after(async () => {
    await platform.close();
    proxy.close();
  });

  test('the original ends its process', async () => {
    const program = `
      require('tls').DEFAULT_CIPHERS = 'garbage';
      const { Instance, SDKInfo } = require('${names.original}');
      const { ca, ...options } = ${JSON.stringify(optionsOf(platform))};
      new Instance({ ...options, sdkInfo: new SDKInfo(options.sdkInfo) })
        .request({ method: 'GET', path: 'a' })
        .catch(() => process.exit(0));
    `;
    const { code, stderr } = await run(program, { env: { HTTPS_PROXY: proxy.url } });
    assert.equal(code, 1);
    assert.match(stderr, /no cipher match/);
  });

  const FAULTS = {
    ciphers: `tls.DEFAULT_CIPHERS = 'garbage'`,
    versions: `tls.DEFAULT_MIN_VERSION = 'TLSv1.3'; tls.DEFAULT_MAX_VERSION = 'TLSv1.2'`,
    'a function that throws': `tls.connect = () => { throw new RangeError('on purpose'); }`,
  };
  for (const [fault, line] of Object.entries(FAULTS)) {
    for (const transport of TRANSPORTS) {
      test(`${fault}: ${transport}`, async () => {
        const program = `
          const tls = require('tls');
          ${line};
          const { Instance, SDKInfo } = require('.');
          const options = ${JSON.stringify(optionsOf(platform))};
          const call = () =>
            new Instance({ ...options, sdkInfo: new SDKInfo(options.sdkInfo) })
              .request({ method: 'GET', path: 'a' })
              .then(() => 'resolved', ({ name, code, message }) => [name, code, message]);
          (async () => {
            const direct = await call();
            process.env.HTTPS_PROXY = '${proxy.url}';
            console.log(JSON.stringify([direct, await call()]));
          })();
        `;
        const env = { PUSHER_PLATFORM_TRANSPORT: transport };
        const { json, code } = await run(program, { env, timeout: 20_000 });
        // OpenSSL's messages begin with the number of a thread.
        const [direct, tunnelled] = json.map((end) => String(end).replace(/[0-9A-F]{8,}:/, ''));
        assert.deepEqual([tunnelled, code], [direct, 0]);
        assert.notEqual(direct, 'resolved');
      });
    }
  }
});

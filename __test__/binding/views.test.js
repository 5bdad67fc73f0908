'use strict';

// Tests the package in each view of support/views.js that the running Node supports, and in worker threads with environment
// variables of their own.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const { after, before, describe, it } = require('node:test');

const { createPlatform } = require('../../testing');
const { run } = require('../support/child');
const { IDENTITY } = require('../support/local');
const { names } = require('../support/packages');
const { record } = require('../support/recorder');
const { serve, views } = require('../support/views');

const HERE = {
  executable: process.execPath,
  flags: process.allowedNodeEnvironmentFlags,
};

describe('In a view of the running Node, the package works or says what to do:', () => {
  let platform;

  before(async () => {
    platform = await createPlatform(IDENTITY);
    serve(platform);
  });

  after(() => platform.close());

  for (const { name, check } of views()) {
    it(name, () => check(HERE, platform));
  }
});

describe('A worker', () => {
  let server;

  before(async () => {
    server = await record({ respond: () => ({ body: '{}' }) });
  });

  after(() => server.close());

  /** Returns the outcomes of calls in threads whose environment variables differ in NODE_TLS_REJECT_UNAUTHORIZED. */
  async function ends(name) {
    const { json, code } = await run(
      `
      const { Worker, SHARE_ENV, isMainThread, parentPort } = require('worker_threads');
      const call = () => {
        const { Instance, SDKInfo } = require('${name}');
        return new Instance({
          locator: 'v1:us1:id', key: 'id:secret', serviceName: 's', serviceVersion: 'v1',
          host: '${server.host}', port: ${server.port},
          sdkInfo: new SDKInfo({ productName: 'p', version: '1' }),
        }).request({ path: 'a' }).then(({ body }) => body, ({ code }) => code);
      };
      const ask = (worker) => new Promise((resolve, reject) => {
        worker.once('message', resolve).once('error', reject).postMessage('call');
      });
      const source = 'const call = ' + call + '; const { parentPort } = require("worker_threads");' +
        'parentPort.on("message", async () => parentPort.postMessage(await call()));';
      const start = (env) => new Worker(source, { eval: true, env });
      (async () => {
        process.removeAllListeners('warning');
        const { NODE_TLS_REJECT_UNAUTHORIZED: _, ...env } = process.env;
        const workers = {
          shares: start(SHARE_ENV),
          copies: start(undefined),
          strict: start(env),
          lax: start({ ...env, NODE_TLS_REJECT_UNAUTHORIZED: '0' }),
        };
        const round = async () => {
          const ended = { main: await call() };
          for (const [name, worker] of Object.entries(workers)) ended[name] = await ask(worker);
          return ended;
        };
        const before = await round();
        process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
        const after = await round();
        for (const worker of Object.values(workers)) await worker.terminate();
        console.log(JSON.stringify({ before, after }));
      })();`,
      { timeout: 60_000 },
    );
    assert.equal(code, 0);
    return json;
  }

  it('goes by its own environment, or by the shared one, as over the original', async () => {
    const ours = await ends(names.ours);
    assert.deepEqual(ours, await ends(names.original));
    const { before, after } = ours;
    assert.equal(after.main, '{}');
    assert.equal(after.shares, '{}');
    assert.notEqual(before.shares, '{}');
    assert.notEqual(after.copies, '{}');
    assert.notEqual(after.strict, '{}');
    assert.equal(before.lax, '{}');
  });
});

describe('The addon', () => {
  it('names nothing of V8 or Node but Node-API, as Electron and other runtimes ask of addons', () => {
    require('../..');
    const addon = Object.keys(require.cache).find((name) => name.endsWith('.node'));
    const bytes = fs.readFileSync(addon);
    assert.ok(bytes.includes('napi_register_module_v1'));
    // Mangled names of V8's and Node's C++ functions, and the function that registers addons that are not context-aware.
    for (const symbol of ['_ZN2v8', '?@v8@@', '_ZN4node', 'node_module_register']) {
      assert.ok(!bytes.includes(symbol), `${addon} has ${symbol}`);
    }
  });
});

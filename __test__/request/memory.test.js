'use strict';

// Measures what a process keeps of large responses that it has received and dropped.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const https = require('node:https');
const { test } = require('node:test');

const { loopback } = require('../../testing/certificates');
const { run } = require('../support/child');
const { optionsOf } = require('../support/local');

const MEGABYTE = 1e6;
const AT_ONCE = 40;
const SIZE = 20 * MEGABYTE;
// An allocator that keeps what is freed keeps hundreds of megabytes of this.
const BOUND = 100 * MEGABYTE;

/** Prints by how much the resident memory has grown, once it is below `bound` or a time has passed in which it should be. */
async function program(options, count, bound) {
  const { Instance, SDKInfo } = require('pusher-platform-native');
  const sdkInfo = new SDKInfo({ productName: 'feeds', version: '1.0.0' });
  const instance = new Instance({ ...options, sdkInfo });
  const resident = () => {
    globalThis.gc();
    return process.memoryUsage().rss;
  };
  await instance.request({ path: 'small' });
  const start = resident();
  const request = async () => (await instance.request({ path: 'large' })).body.length;
  const lengths = await Promise.all(Array.from({ length: count }, request));
  const deadline = Date.now() + 20_000;
  let growth = resident() - start;
  while (growth > bound && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    growth = resident() - start;
  }
  console.log(JSON.stringify({ received: lengths.reduce((sum, each) => sum + each), growth }));
}

test('memory of large responses returns to the system', async (t) => {
  const { chain, key, ca } = loopback();
  const large = Buffer.alloc(SIZE, 'a');
  const server = https.createServer({ cert: chain, key }, ({ url }, response) => {
    response.end(url.endsWith('large') ? large : 'small');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address();
  const given = [optionsOf({ host: '127.0.0.1', port, ca }), AT_ONCE, BOUND];
  const source = `(${program})(${given.map((each) => JSON.stringify(each))})`;
  const { json } = await run(source, { execArgv: ['--expose-gc'], timeout: 180_000 });
  assert.equal(json.received, AT_ONCE * SIZE);
  assert.ok(json.growth < BOUND, `${Math.round(json.growth / MEGABYTE)} MB`);
});

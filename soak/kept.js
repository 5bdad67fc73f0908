'use strict';

// Sends requests to a server that closes persistent connections at random. All idempotent requests must succeed, thanks to
// retries. Of the other requests, some fail.

const assert = require('assert');

const { usage } = require('./usage');

const options = JSON.parse(process.argv[2]);
const { proxyPort, requests, rounds, atOnce, proxied } = options;

const METHODS = ['GET', 'HEAD', 'PUT', 'POST', 'DELETE', 'GET', 'OPTIONS', 'PATCH'];
const OTHERS = new Set(['POST', 'PATCH']);
const WITH_BODY = new Set(['PUT', 'POST', 'PATCH']);

const settled = { resolved: 0, lost: {} };
let started = 0;

async function main() {
  if (proxied) {
    process.env.HTTPS_PROXY = `http://127.0.0.1:${proxyPort}`;
  }
  const instanceOf = require('./instance').instances(options);
  for (let round = 1; round <= rounds; round += 1) {
    const end = Math.round((requests * round) / rounds);
    await Promise.all(Array.from({ length: atOnce }, () => lane(instanceOf, end)));
    process.send({ round, ...usage() });
  }
  process.send({ report: settled });
  process.disconnect();
}

async function lane(instanceOf, end) {
  while (started < end) {
    const id = started;
    started += 1;
    await makeRequest(instanceOf(id), id);
  }
}

async function makeRequest(instance, id) {
  const method = METHODS[id % METHODS.length];
  const body = WITH_BODY.has(method) ? { id } : undefined;
  try {
    const { statusCode, headers } = await instance.request({ method, path: `kept/${id}`, body });
    assert.deepEqual([statusCode, headers['x-id']], [200, String(id)]);
    settled.resolved += 1;
  } catch (error) {
    assert.ok(OTHERS.has(method), `${method} ${id}: ${error.stack}`);
    assert.match(error.code, /^(ECONNRESET|EPIPE)$/);
    settled.lost[method] = (settled.lost[method] ?? 0) + 1;
  }
}

main();

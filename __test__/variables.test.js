'use strict';

// Holds the shortcut by which native code reads the variables of the process to what JavaScript reads.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const { test } = require('node:test');
const { Worker } = require('node:worker_threads');

const native = require('../lib/native');
const { areOfProcess } = require('../lib/variables');

const NAMES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'];

/** Runs a call while `process.env` is another object. */
function within(env, call) {
  const own = process.env;
  process.env = env;
  try {
    return call();
  } finally {
    process.env = own;
  }
}

test('the variables of the process are Node’s own view of them, and no copy', () => {
  assert.equal(areOfProcess(), true);
  const copies = [
    { ...process.env },
    Object.assign(Object.create(Object.getPrototypeOf(process.env)), process.env),
    Object.freeze({ ...process.env }),
    new Proxy(process.env, {}),
  ];
  for (const copy of copies) {
    const names = Object.keys(copy);
    assert.equal(within(copy, areOfProcess), false);
    assert.deepEqual(Object.keys(copy), names);
  }
  assert.equal(areOfProcess(), true);
});

test('those of a worker are not of the process', async () => {
  const variables = require.resolve('../lib/variables');
  const code = `require('worker_threads').parentPort.postMessage(require(${JSON.stringify(variables)}).areOfProcess())`;
  const worker = new Worker(code, { eval: true });
  assert.deepEqual(await once(worker, 'message'), [false]);
});

test('native code sees each change of a variable that requests depend on', (t) => {
  const queue = new native.Queue(() => {});
  const agrees = () => native.agreesWithProcess(queue.handle);
  const changed = [...NAMES, 'NO_PROXY', 'no_proxy', 'NODE_TLS_REJECT_UNAUTHORIZED'];
  t.after(() => {
    for (const name of changed) delete process.env[name];
  });
  for (const name of changed) delete process.env[name];

  assert.equal(agrees(), true);
  for (const name of NAMES) {
    process.env[name] = '';
    assert.equal(agrees(), true, name);
    process.env[name] = 'http://proxy.example:1/\u00e9';
    assert.equal(agrees(), false, name);
    queue.configure('', process.env[name], false);
    assert.equal(agrees(), true, name);
    for (const exception of ['NO_PROXY', 'no_proxy']) {
      process.env[exception] = '*';
      assert.equal(agrees(), false, exception);
      delete process.env[exception];
    }
    delete process.env[name];
    assert.equal(agrees(), false, name);
    queue.configure('', '', false);
  }
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '1';
  assert.equal(agrees(), true);
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  assert.equal(agrees(), false);
});

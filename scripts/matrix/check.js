'use strict';

// One check in a process of its own, which ends with 0 where it succeeds: `check.js NAME`.

const assert = require('assert');
const vm = require('vm');
const { Worker, isMainThread } = require('worker_threads');

const { walk, all } = require('./walk');

const NAME = 'pusher-platform-native';

const checks = {
  token: () => walk.token(require(NAME)),
  refresh: () => walk.refresh(require(NAME)),
  request: () => walk.request(require(NAME)),
  error: () => walk.error(require(NAME)),

  /** Threads beside each other, and one after they have ended. */
  async workers() {
    await Promise.all([inWorker(), inWorker(), all(require(NAME))]);
    await inWorker();
    await all(require(NAME));
  },

  /** Everything that the package is given comes from another realm. */
  async vm() {
    const context = vm.createContext({ env: process.env, platform: require(NAME) });
    const source = `(function () {
      const { Instance, SDKInfo, ErrorResponse } = platform;
      const { PUSHER_HOST: host, PUSHER_PORT, PUSHER_LOCATOR: locator, PUSHER_KEY: key } = env;
      const sdkInfo = new SDKInfo({ productName: 'matrix', version: '1.0.0', headers: { 'x-a': ['b'] } });
      const instance = new Instance({
        locator, key, host, port: Number(PUSHER_PORT), serviceName: 'feeds', serviceVersion: 'v1', sdkInfo,
      });
      const { token: jwt } = instance.generateAccessToken({ su: true, serviceClaims: { list: [1] } });
      return instance
        .request({ method: 'POST', path: 'feeds/vm', headers: { 'x-c': ['d'] }, body: { items: [] }, jwt })
        .then(() => instance.request({ method: 'GET', path: 'nowhere', qs: { a: [1] }, jwt }))
        .catch((error) => [error instanceof ErrorResponse, error.status]);
    })()`;
    assert.deepStrictEqual([...(await vm.runInContext(source, context))], [true, 404]);
  },

  /** A second copy in one process, as test runners load one for each file. */
  async reload() {
    const first = require(NAME);
    await all(first);
    for (const file of Object.keys(require.cache)) {
      if (file.includes(NAME)) {
        delete require.cache[file];
      }
    }
    const second = require(NAME);
    assert.notStrictEqual(second, first);
    await Promise.all([all(first), all(second)]);
  },
};

function inWorker() {
  return new Promise((resolve, reject) => {
    const worker = new Worker(__filename);
    worker.on('error', reject);
    worker.on('exit', (code) => (code === 0 ? resolve(undefined) : reject(new Error(`${code}`))));
  });
}

// A program that runs out of things to wait for would end with 0.
process.exitCode = 1;
Promise.resolve(isMainThread ? checks[process.argv[2]]() : all(require(NAME))).then(
  () => {
    process.exitCode = 0;
  },
  (error) => console.error(error),
);

'use strict';

// Runs one check in a process of its own, which exits with code 0 if the check succeeds: `check.js NAME`.

const assert = require('assert');
const { createHook } = require('async_hooks');
const crypto = require('crypto');
const https = require('https');
const vm = require('vm');
const { Worker, isMainThread, parentPort, workerData } = require('worker_threads');

const { native } = require('./native');
const { walk, all, instanceOf } = require('./walk');

const NAME = 'pusher-platform-native';

const checks = {
  token: () => walk.token(require(NAME)),
  refresh: () => walk.refresh(require(NAME)),
  request: () => walk.request(require(NAME)),
  error: () => walk.error(require(NAME)),

  /** Checks that an untouched process has calls sent natively, and that one with a replaced `https.request` has not. */
  async way() {
    const kinds = new Set();
    createHook({ init: (_id, kind) => kinds.add(kind) }).enable();
    const reasonForNode = await native();
    assert(!kinds.has('TCPCONNECTWRAP'), 'Node has made a connection');
    if (process.versions.bun || process.versions.deno) {
      // They have no sources of Node's to compare with.
      return;
    }
    const { request } = https;
    let count = 0;
    https.request = (...args) => {
      count += 1;
      return request(...args);
    };
    assert.strictEqual(reasonForNode(), "https.request is not Node's own");
    await walk.request(require(NAME));
    assert.strictEqual(count, 2);
    assert(kinds.has('TCPCONNECTWRAP'), 'Node has made no connection');
    https.request = request;
    await native();
    assert.strictEqual(count, 2);
  },

  /** Runs the main job in several threads at the same time, and in one more after they have ended. */
  async workers() {
    await Promise.all([inWorker(), inWorker(), all(require(NAME))]);
    await inWorker();
    await all(require(NAME));
  },

  /** Passes the package only values that come from another realm. */
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

  /** Loads a second copy of the package in one process, as test runners do for each test file. */
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

  /** Checks that system errors have the properties that the running Node gives its own errors. */
  async refused() {
    // Nothing listens on port 1 (tcpmux), and no host name ends in `.invalid` (RFC 6761).
    const places = [
      ['127.0.0.1', 1],
      ['nosuch.invalid', 443],
    ];
    for (const [host, port] of places) {
      const expected = await new Promise((resolve) => {
        https.get({ host, port }, assert.fail).on('error', resolve);
      });
      const instance = instanceOf(require(NAME), { host, port });
      const error = await instance.request({ path: 'a' }).then(assert.fail, (reason) => reason);
      assert.deepStrictEqual(
        { message: error.message, ...error },
        { message: expected.message, ...expected },
      );
    }
  },

  /** Checks that tokens equal the original's byte for byte, and that each package accepts the other's refresh tokens. */
  original() {
    const now = Date.now();
    Date.now = () => now;
    const [theirs, ours] = [require('platform-node-original'), require(NAME)].map((each) =>
      instanceOf(each),
    );
    const options = [{}, { su: true }, { tokenExpiry: 1.5 }, { userId: '' }];
    for (let length = 1; length < 200; length += 1) {
      const text = crypto.randomBytes(length).toString('latin1');
      const numbers = [length, -length / 3, 2 ** length, 1e21 / length];
      options.push({
        userId: text,
        serviceClaims: { [`c${text}`]: { text, numbers }, '\u{1f600}': null },
      });
      options.push({ serviceClaims: { iss: text, list: [text, { 1: length, 0: text }] } });
    }
    for (const each of options) {
      assert.deepStrictEqual(ours.generateAccessToken(each), theirs.generateAccessToken(each));
      const [from, to] = [ours, theirs].map((instance) =>
        instance.authenticateWithRefreshToken({ grant_type: 'client_credentials' }, each),
      );
      assert.deepStrictEqual({ ...from }, { ...to });
      const { refresh_token } = from.body;
      for (const token of [refresh_token, `${refresh_token}=`, `${refresh_token.slice(0, -2)}AA`]) {
        const grant = { grant_type: 'refresh_token', refresh_token: token };
        const [one, other] = [ours, theirs].map((instance) =>
          instance.authenticateWithRefreshToken(grant, each),
        );
        assert.deepStrictEqual({ ...one }, { ...other });
      }
    }
  },

  /** Loads the package only in workers that end with requests under way; the end of each could unload the addon. */
  async life() {
    const rounds = Number(process.argv[3]) || 10;
    for (let round = 0; round < rounds; round += 1) {
      for (const way of ['terminate', 'exit', 'throw']) {
        await endingWorker(way);
      }
    }
    await inWorker();
  },

  /** Checks that the process exits when told to, with requests under way and more requests sent by its last handler. */
  exit() {
    const send = () => sendMany(instanceOf(require(NAME)));
    process.on('exit', send);
    send();
    setImmediate(() => process.exit(0));
    return new Promise(() => {});
  },

  /** Checks that the addon stays loaded after the last environment that loaded it has ended (src/binding/resident.rs). */
  async pinned() {
    const { report } = process;
    assert(!isAddonIn(report), 'The main thread has the addon before a worker loads it');
    await inWorker();
    assert(isAddonIn(report), 'The addon was unloaded with the worker');
  },

  /** Runs a service SDK that was written for the original. */
  async chatkit() {
    const { default: Chatkit, ErrorResponse } = require('@pusher/chatkit-server');
    const { PUSHER_HOST: host, PUSHER_PORT, PUSHER_LOCATOR, PUSHER_KEY: key } = process.env;
    const port = Number(PUSHER_PORT);
    const chatkit = new Chatkit({ instanceLocator: PUSHER_LOCATOR, key, host, port });
    // Runtimes that share the platform each use a different user.
    const id = `user-${process.pid}-${Date.now()}`;
    assert.strictEqual(chatkit.authenticate({ userId: id }).status, 200);
    await chatkit.createUser({ id, name: 'Hàm' });
    assert.strictEqual((await chatkit.getUser({ id })).name, 'Hàm');
    const again = await chatkit.createUser({ id, name: 'Other' }).catch((error) => error);
    assert(again instanceof ErrorResponse, `${again}`);
    assert.strictEqual(again.status, 400);
  },
};

/** Starts a worker that runs this file; `way` names the way that it ends. */
function startWorker(way) {
  return new Worker(__filename, { workerData: { way } });
}

function inWorker() {
  return new Promise((resolve, reject) => {
    const worker = startWorker('done');
    worker.on('error', reject);
    worker.on('exit', (code) => (code === 0 ? resolve(undefined) : reject(new Error(`${code}`))));
  });
}

/** Returns whether the addon is among the libraries that the process has loaded. */
function isAddonIn(report) {
  // Without this setting, the report would look up the names of this machine's addresses.
  report.excludeNetwork = true;
  return report.getReport().sharedObjects.some((file) => file.endsWith('.node'));
}

function endingWorker(way) {
  return new Promise((resolve, reject) => {
    const worker = startWorker(way);
    worker.on('message', () => way === 'terminate' && worker.terminate());
    worker.on('error', (error) => error.message !== 'on purpose' && reject(error));
    worker.on('exit', resolve);
  });
}

function sendMany(instance) {
  const { token: jwt } = instance.generateAccessToken({ su: true });
  for (let number = 0; number < 20; number += 1) {
    for (const path of ['silent', 'feeds/any']) {
      instance.request({ path, jwt }).catch(() => {});
    }
  }
}

/** Ends the worker while connections are being established; the network thread continues to work on them. */
function leave(way) {
  sendMany(instanceOf(require(NAME)));
  parentPort.postMessage('under way');
  if (way === 'exit') {
    process.exit(3);
  }
  if (way === 'throw') {
    setImmediate(() => {
      throw new Error('on purpose');
    });
  }
}

function work() {
  if (isMainThread) {
    return checks[process.argv[2]]();
  }
  return workerData.way === 'done' ? all(require(NAME)) : leave(workerData.way);
}

// Without this line, a program whose event loop becomes empty before the check has ended would exit with code 0.
process.exitCode = 1;
Promise.resolve(work()).then(
  () => {
    process.exitCode = 0;
  },
  (error) => console.error(error),
);

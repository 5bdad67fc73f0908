'use strict';

// Sends the calls of these programs, and checks that each of them settles once with its own answer and that the process ends by
// itself. The programs also run on Node 14, with the packed package.

const path = require('path');

if (!require('crypto').X509Certificate) {
  // This Node cannot tell whether the program's certificates are plain, and its own client would send the calls.
  delete process.env.NODE_EXTRA_CA_CERTS;
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
}

const NAME = 'pusher-platform-native';
const { ECHO_HOST: host, ECHO_PORT } = process.env;

// Each run has random numbers of its own, which its seed makes again.
const seed = Number(process.env.SEED) || Math.ceil(Math.random() * 0x7fffffff);
let state = seed;

/** Returns a whole number from 0 to `below - 1`: https://www.jstatsoft.org/article/view/v008i14 */
function random(below) {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % below;
}

/** @param {object} [options] @param {any} [platform] the copy of the package to use */
function instanceOf(options, { Instance, SDKInfo } = require(NAME)) {
  return new Instance({
    locator: 'v1:us1:id',
    key: 'id:secret',
    serviceName: 'echo',
    serviceVersion: 'v1',
    host,
    port: Number(ECHO_PORT),
    sdkInfo: new SDKInfo({ productName: 'test', version: '1' }),
    ...options,
  });
}

const pending = new Set();
const counts = { own: 0, other: 0, thrown: 0 };
let sent = 0;

/**
 * Sends a request by `send`, which receives a path. The call must end with the answer to this path, or with an error that
 * `isExpected` accepts. Returns a promise that never rejects.
 * @param {(path: string) => Promise<any>} send
 * @param {(error: any) => boolean} [isExpected]
 */
function call(send, isExpected = () => false) {
  const id = String(sent);
  sent += 1;
  const record = { id, isSent: false, isSettled: false };
  pending.add(record);
  /** @param {keyof typeof counts} how @param {any} [error] */
  const settle = (how, error) => {
    const isTwice = record.isSettled;
    record.isSettled = true;
    pending.delete(record);
    counts[isTwice ? 'other' : how] += 1;
    if (isTwice || how === 'other') {
      console.error(isTwice ? `Call ${id} settles twice` : `Call ${id}:`, error);
    }
  };
  const fail = (error) => settle(isExpected(error) ? 'thrown' : 'other', error);
  let promise;
  try {
    promise = send(`answer/${id}`);
  } catch (error) {
    fail(error);
    return undefined;
  }
  const settled = promise.then(
    ({ body }) => settle(body === id ? 'own' : 'other', `the answer to ${body}`),
    fail,
  );
  record.isSent = true;
  return settled;
}

/** Forgets the calls that were being sent when JavaScript was interrupted, since their promises are lost. */
function forget() {
  for (const record of pending) {
    if (!record.isSent) {
      pending.delete(record);
    }
  }
}

/** Calls `work` once while requests are sent natively, and once while they are sent step by step, because they are observed. */
async function eachWay(work) {
  await work();
  let channel;
  try {
    channel = require('diagnostics_channel').channel('undici:request:create');
  } catch {
    // Some versions of Node 14 do not have the module.
    return;
  }
  const listen = () => {};
  channel.subscribe(listen);
  await work();
  channel.unsubscribe(listen);
}

/** Returns the same path on the server's side that never answers. */
const silent = (path) => path.replace('answer', 'silent');

/** Runs a program. It fails if the event loop ends before `main` or before all calls. */
function run(main, report = {}) {
  let isDone = false;
  process.on('exit', (code) => {
    if (!isDone || pending.size > 0 || counts.other > 0) {
      process.exitCode = code || 1;
    }
    console.log(JSON.stringify({ isDone, unsettled: pending.size, ...counts, seed, ...report }));
  });
  main().then(
    () => {
      isDone = true;
    },
    (error) => {
      process.exitCode = 1;
      console.error(error);
    },
  );
}

/** Returns an internal module of the package. */
const internal = (name) => require(path.join(path.dirname(require.resolve(NAME)), 'lib', name));

module.exports = { NAME, call, eachWay, forget, instanceOf, internal, random, run, silent };

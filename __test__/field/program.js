'use strict';

// The program that runs on the machine of a scenario: it makes calls with one of the packages, and tells how each ended and how long
// it took.
//
// The argument is `{ name, rounds, patience }`. The calls of a round are made at once, and one round follows the other.

const { exec } = require('node:child_process');
const { performance } = require('node:perf_hooks');
const { promisify } = require('node:util');
const { setTimeout: sleep } = require('node:timers/promises');

const { name, rounds, patience } = JSON.parse(process.argv[2]);
const sdk = require(name);

/** How a call ends that has not ended in time. */
const NEVER = 'never';

/**
 * @typedef {object} Step a call, or a command
 * @property {string} [run] a command that changes the network of the machine
 * @property {string} [host] the host that is called
 * @property {number} [port]
 * @property {object} [options] options of the request in addition to its path
 * @property {number} [size] the length of the body
 * @property {number} [after] milliseconds from the start of the round
 * @property {number} [repeat] how many calls are made, one after another, of which the last is told, and the time of all
 * @property {boolean} [isLeft] whether nothing waits for the end of the call, nor tells it
 * @property {number} [within] how many milliseconds later than with the original the call may end
 */

const clients = new Map();

/** Returns the client of an origin: a program has one for each. */
function clientOf(host, port) {
  const origin = `${host}:${port}`;
  if (!clients.has(origin)) {
    const client = new sdk.BaseClient({
      host,
      port,
      instanceId: 'id',
      serviceName: 's',
      serviceVersion: 'v1',
      sdkInfo: new sdk.SDKInfo({ productName: 'p', version: '1' }),
    });
    clients.set(origin, client);
  }
  return clients.get(origin);
}

// OpenSSL's messages begin with the number of a thread.
const withoutThread = (message) => message.replace(/[0-9A-F]{8,16}:error:/g, '(thread):error:');

/** Returns an error as plain data, with all of its properties. */
const told = ({ name, message, errors = [], ...properties }) => ({
  name,
  message: withoutThread(String(message)),
  ...properties,
  errors: errors.map(told),
});

async function call({ host, port = 443, options, size }) {
  const body = size && { body: 'x'.repeat(size) };
  const end = clientOf(host, port)
    .request({ method: 'GET', path: 'path', ...options, ...body })
    .then(({ statusCode, body }) => ({ statusCode, body }), told);
  return Promise.race([end, sleep(patience, NEVER, { ref: false })]);
}

async function take(step) {
  if (step.after) await sleep(step.after);
  if (step.run) return promisify(exec)(`PATH=$PATH:/usr/sbin:/sbin; ${step.run}`);
  const started = performance.now();
  let ended;
  for (let made = 0; made < (step.repeat ?? 1); made++) ended = await call(step);
  return { ended, ms: Math.round(performance.now() - started) };
}

async function main() {
  // What the first call of a process loads is no part of the times.
  await call({ host: '127.0.0.1', port: 1 });
  const ends = [];
  for (const round of rounds) {
    const taken = round.map((step) => ({ ...step, end: take(step) }));
    const awaited = taken.filter(({ isLeft }) => !isLeft);
    await Promise.all(awaited.map(({ end }) => end));
    const calls = awaited.filter(({ run }) => !run);
    ends.push(await Promise.all(calls.map(({ end }) => end)));
  }
  process.send({ ends });
}

// What is left behind is counted while the process lives.
process.on('disconnect', () => process.exit());
process.on('uncaughtException', (error) => {
  process.send({ crashed: String(error.stack) });
});
main();

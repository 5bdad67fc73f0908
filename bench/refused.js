'use strict';

// Measures calls to a port on which nothing listens, as during an outage of the platform: the native attempt, and Node's client, whose
// failure is the call's.

const net = require('node:net');
const { once } = require('node:events');
const { performance } = require('node:perf_hooks');

const original = require('platform-node-original');
const ours = require('..');
const { instanceOptions } = require('./instance');
const { duration, interleave } = require('./measure');

const ROUNDS = 20;
const CALLS = 200;
const HOST = '127.0.0.1';

/** @returns {Promise<import('./measure').Row[]>} */
async function measure() {
  const port = await closedPort();
  const results = await interleave(
    { ours: blockOf(ours, port), theirs: blockOf(original, port) },
    ROUNDS,
  );
  const row = (what, metric, target) => ({
    what,
    against: 'the original',
    ratio: results.ours[metric] / results.theirs[metric],
    target,
    ours: duration(results.ours[metric]),
    theirs: duration(results.theirs[metric]),
  });
  return [
    row('time of a call that is refused', 'time', { atMost: 1.3 }),
    row('main thread, a call that is refused', 'busy', { atMost: 1 }),
  ];
}

/** Returns a function that makes calls one after the other, and returns the nanoseconds of each, and of the main thread. */
function blockOf(surface, port) {
  const instance = new surface.Instance(instanceOptions(surface, { host: HOST, port }));
  return async () => {
    const utilization = performance.eventLoopUtilization();
    const start = performance.now();
    for (let index = 0; index < CALLS; index++) {
      const error = await instance.request({ method: 'GET', path: 'a' }).catch((reason) => reason);
      if (error.code !== 'ECONNREFUSED') throw error;
    }
    const time = performance.now() - start;
    const { active } = performance.eventLoopUtilization(utilization);
    return { time: (time / CALLS) * 1e6, busy: (active / CALLS) * 1e6 };
  };
}

/** Returns a port that was free a moment ago. */
async function closedPort() {
  const server = net.createServer().listen(0, HOST);
  await once(server, 'listening');
  const { port } = server.address();
  await once(server.close(), 'close');
  return port;
}

measure().then((rows) => process.send(rows, () => process.exit()));

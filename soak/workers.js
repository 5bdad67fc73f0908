'use strict';

// Runs as the process that starts workers. It loads the package itself only after all workers have ended, since Node unloads an
// addon together with the last worker that loaded it.

const assert = require('assert');
const path = require('path');
const { Worker } = require('worker_threads');

const { part } = require('./part');
const { usage } = require('./usage');

const options = JSON.parse(process.argv[2]);
const { workers, rounds, atOnce } = options;

// The number of file descriptors that the network thread keeps open for itself.
const OF_THE_RUNTIME = 8;

const ended = {};

/** The ways in which a worker ends, each with its exit code and, for termination, the message that triggers it. */
const ENDS = [
  // Termination happens as soon as the worker has sent its requests.
  { way: 'terminated', on: 'sent', code: 1 },
  // Termination happens while responses arrive.
  { way: 'terminated', on: 'answered', code: 1 },
  { way: 'exits', code: 3 },
  { way: 'throws', code: 1 },
  { way: 'leaves', code: 0 },
  { way: 'exits and sends', code: 4 },
];

async function main() {
  const { descriptors } = usage();
  let started = 0;
  for (let round = 1; round <= rounds; round += 1) {
    const end = Math.round((workers * round) / rounds);
    const lane = async () => {
      while (started < end) {
        const { way, on, code } = ENDS[started % ENDS.length];
        started += 1;
        await live(way, on, code);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, lane));
    process.send({ round, ...usage() });
  }
  // The native library is still loaded and still works.
  const instance = require('./instance').makeInstance(options.port);
  const { body } = await instance.request({ path: 'again/1' });
  assert.equal(body, '1');
  while (usage().descriptors > descriptors + OF_THE_RUNTIME) {
    await part(instance);
  }
  process.send({ report: ended });
  process.disconnect();
}

async function live(way, on, code) {
  const worker = new Worker(path.join(__dirname, 'worker.js'), {
    workerData: { ...options, way },
  });
  let thrown;
  worker.on('error', (error) => {
    thrown = error;
  });
  let isTerminated = false;
  worker.on('message', (message) => {
    if (message === on && !isTerminated) {
      isTerminated = true;
      worker.terminate();
    }
  });
  const exitCode = await new Promise((resolve) => {
    worker.on('exit', resolve);
  });
  assert.equal(exitCode, code, `${way}: ${thrown}`);
  assert.equal(thrown?.message, way === 'throws' ? 'on purpose' : undefined);
  ended[way] = (ended[way] ?? 0) + 1;
}

main();

'use strict';

// Interrupts JavaScript while it sends requests: by the `timeout` of `vm` at random moments, and by stack overflows at each depth.

const vm = require('vm');

const { call, forget, instanceOf, random, run } = require('./calls');

const rounds = Number(process.argv[2]) || 40;
const IN_A_ROUND = 10;
// The watchdog of `vm` counts in whole milliseconds. Most of this time passes before the first of a few requests.
const TIMEOUT = 2;
const FEW = 40;
const STEP = 10_000n;

let busy = 1_800_000n;
const report = { interruptions: 0, overflows: 0 };

/** Returns ways of sending a request that run different code. */
function waysOf(instance) {
  const { signal } = global.AbortController ? new AbortController() : {};
  return [
    (path) => instance.request({ path }),
    (path) => instance.request({ path, method: 'POST', body: { toJSON: () => [path] } }),
    (path) => instance.request({ path, qs: { a: [1, { b: 2 }] } }),
    (path) => instance.request({ path, timeout: 60_000, retry: { methods: ['GET'] } }),
    (path) => instance.request({ path, headers: { a: ['b', 'c'], d: 1 }, jwt: 'jwt' }),
    (path) => instance.request({ path, signal }),
    (path) => instanceOf().request({ path }),
  ];
}

/** Interrupts JavaScript while it sends a few requests, or shortly before or after, from which it learns when to begin. */
function interrupt(ways) {
  const clock = process.hrtime.bigint;
  let count = 0;
  global.work = () => {
    const start = clock() + busy;
    while (clock() < start);
    for (; count < FEW; count += 1) {
      call(ways[random(ways.length)]);
    }
    for (;;);
  };
  try {
    vm.runInThisContext('work()', { timeout: TIMEOUT });
  } catch (error) {
    if (error.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') {
      throw error;
    }
    forget();
    busy += count < FEW / 2 ? -STEP : STEP;
    report.interruptions += count > 0 && count < FEW ? 1 : 0;
  }
}

/** Calls `work` with so many frames on the stack. */
function below(frames, work) {
  if (frames > 0) {
    below(frames - 1, work);
  } else {
    work();
  }
}

/** Sends requests at each depth of the stack, from one at which everything overflows to one at which nothing does. */
async function overflow(ways) {
  let whole = 0;
  for (let frames = tooDeep(); whole < FEW; frames -= 1) {
    try {
      below(frames, () => call(ways[random(ways.length)], isOverflow));
      whole += 1;
    } catch (error) {
      if (!isOverflow(error)) {
        throw error;
      }
      forget();
      report.overflows += 1;
      whole = 0;
    }
    if (frames % FEW === 0) {
      await Promise.all(ways.map((send) => call(send)));
    }
  }
}

function tooDeep() {
  for (let frames = 1000; ; frames += 1) {
    try {
      below(frames, () => {});
    } catch {
      return frames;
    }
  }
}

/** @param {any} error */
function isOverflow(error) {
  return error instanceof RangeError && /stack/.test(error.message);
}

async function main() {
  const ways = waysOf(instanceOf());
  // What is loaded only once it is needed is loaded without an interruption.
  await Promise.all(ways.map((send) => call(send)));
  for (let round = 0; round < rounds; round += 1) {
    for (let count = 0; count < IN_A_ROUND; count += 1) {
      interrupt(ways);
    }
    await Promise.all(ways.map((send) => call(send)));
  }
  await overflow(ways);
}

run(main, report);

'use strict';

// Interrupts JavaScript while it sends requests: by the `timeout` of `vm` at random moments, and by stack overflows at each depth.

const assert = require('assert');
const vm = require('vm');

const { call, eachWay, forget, instanceOf, random, run, silent } = require('./calls');
const { places } = require('./places');

const rounds = Number(process.argv[2]) || 40;
const IN_A_ROUND = 10;
// The watchdog of `vm` counts in whole milliseconds. Most of this time passes before the first of a few requests.
const TIMEOUT = 2;
const FEW = 40;
const STEP = 10_000n;

let busy = 1_800_000n;
const report = { interruptions: 0, places: 0, overflows: 0 };

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

/** Calls `work`, and returns whether it was interrupted after `timeout` milliseconds. */
function isInterrupted(work, timeout) {
  global.work = work;
  try {
    vm.runInThisContext('work()', { timeout });
    return false;
  } catch (error) {
    if (error.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') {
      throw error;
    }
    forget();
    return true;
  }
}

/** Interrupts JavaScript while it sends a few requests, or shortly before or after, from which it learns when to begin. */
function interrupt(ways) {
  const clock = process.hrtime.bigint;
  let count = 0;
  const work = () => {
    const start = clock() + busy;
    while (clock() < start);
    for (; count < FEW; count += 1) {
      call(ways[random(ways.length)]);
    }
    for (;;);
  };
  isInterrupted(work, TIMEOUT);
  busy += count < FEW / 2 ? -STEP : STEP;
  report.interruptions += count > 0 && count < FEW ? 1 : 0;
}

/** Interrupts JavaScript at each place where an object of the caller is read while the request is sent. */
async function interruptPlaces(instance) {
  for (const name of Object.keys(places)) {
    let isLost = false;
    const lose = () => {
      while (isLost);
    };
    isLost = true;
    const work = () => call((path) => instance.request(places[name](path, lose)));
    report.places += isInterrupted(work, TIMEOUT) ? 1 : 0;
    isLost = false;
    await Promise.all([1, 2].map(() => call((path) => instance.request({ path }))));
  }
}

/** Interrupts JavaScript while a signal adds a listener, and aborts other calls by the same signal. */
async function interruptSignal(instance) {
  const listeners = new Set();
  let isLost = true;
  const signal = {
    aborted: false,
    reason: new Error('on purpose'),
    addEventListener(_, listener) {
      while (isLost);
      listeners.add(listener);
    },
    removeEventListener: (_, listener) => listeners.delete(listener),
  };
  const send = (path) => instance.request({ path: silent(path), signal });
  assert.ok(isInterrupted(() => call(send), TIMEOUT));
  isLost = false;
  const settled = [1, 2].map(() => call(send, (error) => error === signal.reason));
  for (const listener of listeners) listener();
  await Promise.all(settled);
  assert.strictEqual(listeners.size, 0);
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
  const instance = instanceOf();
  const ways = waysOf(instance);
  // What is loaded only once it is needed is loaded without an interruption.
  await Promise.all(ways.map((send) => call(send)));
  for (let round = 0; round < rounds; round += 1) {
    for (let count = 0; count < IN_A_ROUND; count += 1) {
      interrupt(ways);
    }
    await Promise.all(ways.map((send) => call(send)));
  }
  await eachWay(async () => {
    await interruptPlaces(instance);
    await interruptSignal(instance);
  });
  await overflow(ways);
}

run(main, report);

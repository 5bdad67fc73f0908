'use strict';

// Measures contenders in turns, so that other load on the machine affects all of them alike.

const assert = require('node:assert/strict');
const { performance } = require('node:perf_hooks');

/**
 * @typedef {object} Row one line of the table
 * @property {string} what the quantity that is measured
 * @property {string} against the contender that ours is compared with
 * @property {number} ratio the ratio of the medians
 * @property {{ atLeast?: number, atMost?: number, within?: number }} target the target for the ratio, or, as `within`, for our
 *   time in nanoseconds
 * @property {number} [time] our time in nanoseconds
 * @property {string} ours our absolute figure, with its unit
 * @property {string} theirs the absolute figure of the other contender, with its unit
 */

/**
 * Runs one block of each contender's work per round, in varying order, and returns the medians of each contender.
 *
 * @template {string} Name
 * @param {Record<Name, () => Promise<Record<string, number>> | Record<string, number>>} blocks
 * @param {number} rounds
 * @returns {Promise<Record<Name, Record<string, number>>>}
 */
async function interleave(blocks, rounds) {
  const names = Object.keys(blocks);
  const samples = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    // The order rotates and is reversed in every other round, so that no contender always runs after the garbage of one other.
    const start = round % names.length;
    const order = [...names.slice(start), ...names.slice(0, start)];
    for (const name of round % 2 ? order.reverse() : order) {
      collectYoungGarbage();
      samples[name].push(await blocks[name]());
    }
  }
  return Object.fromEntries(names.map((name) => [name, medians(samples[name])]));
}

// This needs --expose-gc. A major collection would make V8 discard optimized code.
function collectYoungGarbage() {
  globalThis.gc?.({ type: 'minor' });
}

function medians(samples) {
  const metrics = Object.keys(samples[0]);
  return Object.fromEntries(
    metrics.map((metric) => [metric, median(samples.map((sample) => sample[metric]))]),
  );
}

/**
 * Returns the median of `values`.
 *
 * @param {number[]} values
 */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Returns a block of synchronous calls that takes about `duration` milliseconds and returns the nanoseconds per call.
 *
 * @param {(index: number) => unknown} call
 * @param {number} [duration] short by default, so that most blocks end before the system schedules another process
 */
function blockOf(call, duration = 1) {
  let count = 1;
  const block = () => {
    const start = performance.now();
    let last;
    for (let index = 0; index < count; index++) last = call(index);
    const time = performance.now() - start;
    assert.ok(last);
    return { time: (time / count) * 1e6 };
  };
  // The calibration runs twice, since the first calls run before V8 has optimized the code.
  for (let again = 0; again < 2; again++) {
    while (block().time * count < duration * 1e6) count *= 2;
    count = Math.ceil((count * duration * 1e6) / (block().time * count));
  }
  return block;
}

/**
 * Formats a duration with its unit.
 *
 * @param {number} nanoseconds
 */
function duration(nanoseconds) {
  if (nanoseconds < 1e4) return `${nanoseconds.toFixed(0)} ns`;
  return nanoseconds < 1e6
    ? `${(nanoseconds / 1e3).toFixed(1)} µs`
    : `${(nanoseconds / 1e6).toFixed(1)} ms`;
}

module.exports = { blockOf, duration, interleave, median };

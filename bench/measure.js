'use strict';

// Measures contenders in turns, so that whatever else the machine does meets them all.

const assert = require('node:assert/strict');
const { performance } = require('node:perf_hooks');

/**
 * @typedef {object} Row one line of the table
 * @property {string} what is measured
 * @property {string} against whom
 * @property {number} ratio of the medians
 * @property {{ atLeast?: number, atMost?: number, within?: number }} target what the ratio should be, or within how many
 *   nanoseconds ours
 * @property {number} [time] ours, in nanoseconds
 * @property {string} ours the absolute figure, with its unit
 * @property {string} theirs likewise
 */

/**
 * Runs a block of each contender's work a round, in alternating order, and returns each contender's medians.
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
    // Rotated, and backwards every other time: nobody always comes behind the same contender's garbage.
    const start = round % names.length;
    const order = [...names.slice(start), ...names.slice(0, start)];
    for (const name of round % 2 ? order.reverse() : order) {
      collectYoungGarbage();
      samples[name].push(await blocks[name]());
    }
  }
  return Object.fromEntries(names.map((name) => [name, medians(samples[name])]));
}

// With --expose-gc. A major collection would make V8 forget what it has optimized.
function collectYoungGarbage() {
  globalThis.gc?.({ type: 'minor' });
}

function medians(samples) {
  const metrics = Object.keys(samples[0]);
  return Object.fromEntries(
    metrics.map((metric) => [metric, median(samples.map((sample) => sample[metric]))]),
  );
}

/** @param {number[]} values */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * A block of synchronous calls that takes about `duration` milliseconds, and gives nanoseconds per call.
 *
 * @param {(index: number) => unknown} call
 * @param {number} [duration] short, so that most blocks end before the system puts another process in
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
  // Twice, since the first calls run before V8 has optimized anything.
  for (let again = 0; again < 2; again++) {
    while (block().time * count < duration * 1e6) count *= 2;
    count = Math.ceil((count * duration * 1e6) / (block().time * count));
  }
  return block;
}

/** @param {number} nanoseconds */
function duration(nanoseconds) {
  if (nanoseconds < 1e4) return `${nanoseconds.toFixed(0)} ns`;
  return nanoseconds < 1e6
    ? `${(nanoseconds / 1e3).toFixed(1)} µs`
    : `${(nanoseconds / 1e6).toFixed(1)} ms`;
}

module.exports = { blockOf, duration, interleave, median };

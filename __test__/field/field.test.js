'use strict';

// Compares calls of both packages in networks as they are: with addresses that are dead, look-ups and routes that fail, and servers
// and proxies that are late or hang. Each scenario has a network of its own for each package, at the same time. The calls must end
// alike, and ours never later than the scenario says.
//
// `FIELD=whole`, which CI sets, also runs those that take up to a minute, and those that resemble others.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const { before, describe, it } = require('node:test');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');

const { run } = require('../support/child');
const { names } = require('../support/packages');
const { scenarios, WITHIN } = require('./scenarios');

const isLong = (scenario) => Boolean(scenario.isLong);
const isShort = (scenario) => !isLong(scenario);
const chosen =
  process.env.FIELD === 'whole'
    ? [...scenarios.filter(isLong), ...scenarios.filter(isShort)]
    : scenarios.filter((scenario) => isShort(scenario) && !scenario.isExtra);

// How many scenarios run at once. What takes longer than some seconds only waits, and then counts no more.
const AT_ONCE = 6;
const SETTLED = 3_000;

// The command runs as root of the machine, or as root of a user namespace if the system lets any user create one.
const unshare = process.getuid?.() === 0 ? [] : ['--map-root-user'];
const isolate = [...unshare, '--net', '--mount'];

// Only Linux has namespaces, and `ip` belongs to the package iproute2. `.ci/run` makes sure that both are available.
const canIsolate =
  process.platform === 'linux' &&
  spawnSync('unshare', [...isolate, 'sh', '-ec', 'PATH=$PATH:/usr/sbin:/sbin; ip link set lo up'])
    .status === 0;
const isolated = canIsolate
  ? {}
  : { skip: 'wants Linux, iproute2, and the right to make a network namespace' };

/** Runs a scenario with both packages, side by side, and returns the results. */
async function play({ name }) {
  const [original, ours] = await Promise.all(
    [names.original, names.ours].map((subject) =>
      run(path.join(__dirname, 'world.js'), {
        node: 'unshare',
        execArgv: [...isolate, process.execPath],
        args: [name, subject],
        timeout: 180_000,
      }),
    ),
  );
  return { original, ours };
}

/** Runs all scenarios, as many at once as there should be, and returns the results by the scenarios' names. */
async function playAll() {
  const results = new Map();
  const playing = [];
  const rest = chosen.values();
  const playRest = async () => {
    for (const scenario of rest) {
      const played = play(scenario).then((result) => results.set(scenario.name, result));
      playing.push(played);
      await Promise.race([played, sleep(SETTLED)]);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, playRest));
  await Promise.all(playing);
  return results;
}

const endsOf = ({ json }) => json.ends.map((round) => round.map(({ ended }) => ended));

/** Returns which calls of ours ended too late. */
function lateOf({ rounds, within }, { original, ours }) {
  const { first, next } = { ...WITHIN, ...within };
  return rounds.flatMap((round, i) =>
    round
      .filter(({ run, isLeft }) => !run && !isLeft)
      .flatMap((step, j) => {
        const [expected, ms] = [original, ours].map(({ json }) => json.ends[i][j].ms);
        const isLate = ms > expected + (step.within ?? (i === 0 ? first : next));
        const what = `call ${j + 1} of round ${i + 1}: ${ms} ms, and ${expected} with the original`;
        return isLate ? [what] : [];
      }),
  );
}

describe('in the field', () => {
  let results;
  before(async () => {
    if (canIsolate) results = await playAll();
  });

  for (const scenario of chosen) {
    it(scenario.name, isolated, async () => {
      let both = results.get(scenario.name);
      // On a busy machine, any call may be late once.
      if (lateOf(scenario, both).length > 0) both = await play(scenario);
      assert.deepEqual(endsOf(both.ours), endsOf(both.original));
      assert.deepEqual(lateOf(scenario, both), []);
      // The original leaves what its own calls wait for.
      if (scenario.left === undefined || names.ours === names.original) return;
      const { left } = both.ours.json;
      assert.ok(left <= scenario.left, `${left} handshakes hang`);
    });
  }
});

'use strict';

// Compares calls of both packages in networks as they are: with addresses that are dead, look-ups and routes that fail, and servers
// and proxies that are late or hang. Each scenario has a network of its own for each package, at the same time. The calls must end
// alike, and ours never later than the scenario says.
//
// `FIELD=whole`, which CI sets, also runs the scenarios that take up to a minute.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const { before, describe, it } = require('node:test');
const path = require('node:path');

const { run } = require('../support/child');
const { names } = require('../support/packages');
const { scenarios, WITHIN } = require('./scenarios');

const chosen = scenarios.filter(({ isLong }) => process.env.FIELD === 'whole' || !isLong);

// How many scenarios run at once. The long ones only wait, so that all of them run beside the others.
const AT_ONCE = 3;

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

/** Runs a scenario with both packages, side by side. */
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

/** Runs all scenarios, as many at once as there should be, and returns a promise of each result, by the scenario's name. */
function playAll() {
  const waiting = [];
  let free = AT_ONCE;
  const played = chosen.map(async (scenario) => {
    if (scenario.isLong) return [scenario.name, await play(scenario)];
    if (free > 0) free -= 1;
    else await new Promise((resolve) => waiting.push(resolve));
    try {
      return [scenario.name, await play(scenario)];
    } finally {
      if (waiting.length > 0) waiting.shift()();
      else free += 1;
    }
  });
  return Promise.all(played).then((results) => new Map(results));
}

const endsOf = ({ ends }) => ends.map((round) => round.map(({ ended }) => ended));

function assertInTime({ within }, original, ours) {
  const { first, next } = { ...WITHIN, ...within };
  for (const [i, round] of ours.ends.entries()) {
    for (const [j, { ms }] of round.entries()) {
      const latest = original.ends[i][j].ms + (i === 0 ? first : next);
      const call = `call ${j + 1} of round ${i + 1}`;
      assert.ok(ms <= latest, `${call} took ${ms} ms, where ${latest} ms are allowed`);
    }
  }
}

describe('in the field', isolated, () => {
  let results;
  before(async () => {
    results = await playAll();
  });

  for (const scenario of chosen) {
    it(scenario.name, () => {
      const both = results.get(scenario.name);
      const [original, ours] = [both.original.json, both.ours.json];
      assert.deepEqual(endsOf(ours), endsOf(original));
      assertInTime(scenario, original, ours);
      if (scenario.endsHandshakes) assert.equal(ours.left, 0);
    });
  }
});

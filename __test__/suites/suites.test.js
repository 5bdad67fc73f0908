'use strict';

// Runs the quick ones of the suites that other projects wrote; `npm run suites` runs all suites.

const assert = require('node:assert');
const { describe, it } = require('node:test');

const { load, run, settle, suiteNames } = require('../support/suites');

describe('a suite that others wrote', () => {
  for (const name of suiteNames()) {
    const suite = load(name);
    if (!suite.isQuick) continue;
    it(`finds no unexplained difference: ${suite.title}`, async () => {
      const { different, faults } = await run(suite);
      assert.deepStrictEqual(faults, []);
      assert.deepStrictEqual(different, []);
    });
  }
});

describe('a report on a suite', () => {
  const suite = { title: 'a suite', source: 'somebody', licence: 'MIT', isQuick: true, atLeast: 1 };
  const cases = (tell) => run({ ...suite, run: async (report) => tell(report) });

  it('counts what was equal, explained and different', async () => {
    const {
      cases: number,
      equal,
      different,
    } = await cases((report) => {
      settle(report, 'a', { original: [1], ours: [1] }, 'a-row');
      settle(report, 'b', { original: [1], ours: [2] });
    });
    assert.deepStrictEqual(
      { number, equal, different },
      { number: 2, equal: 1, different: [{ name: 'b', detail: { original: [1], ours: [2] } }] },
    );
  });

  it('takes a row only where the two differ', async () => {
    const { equal, explained } = await cases((report) => {
      settle(report, 'a', { original: 1, ours: 1 }, 'a-row');
      settle(report, 'b', { original: 1, ours: 2 }, 'a-row');
    });
    assert.deepStrictEqual({ equal, rows: [...explained] }, { equal: 1, rows: [['a-row', 1]] });
  });

  it('finds fault with a suite that ran too little, or one case twice', async () => {
    const { faults } = await cases(() => {});
    assert.deepStrictEqual(faults, ['it ran 0 cases, where 1 are the least']);
    const twice = await cases((report) => {
      report.equal('a');
      report.equal('a');
    });
    assert.deepStrictEqual(twice.faults, ['two cases are called "a"']);
    const { faults: thrown } = await cases((report) => {
      report.equal('a');
      throw new Error('broken');
    });
    assert.match(thrown.join(), /^it ended with Error: broken/);
  });
});

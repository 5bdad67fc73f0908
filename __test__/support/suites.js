'use strict';

// Runs suites of cases that other projects wrote, each over the original and over ours, and keeps count of what came of them.
//
// A suite is a file of __test__/suites/, and exports:
//   title     what it holds to each other
//   source    whose cases they are, and of which version
//   licence   theirs
//   isQuick   whether `npm test` runs it as well
//   atLeast   the number of cases below which it has not run as it should; ten where it says nothing
//   run       an async function of a report, which hears of each case once

const fs = require('node:fs');
const path = require('node:path');
const { inspect, isDeepStrictEqual } = require('node:util');

const ROOT = path.resolve(__dirname, '../..');
const SUITES = path.join(ROOT, '__test__/suites');
const DIFFERENCES = path.join(ROOT, 'docs/differences.md');
const AT_LEAST = 10;

/**
 * @typedef {object} Report
 * @property {(name: string) => void} equal the two did the same
 * @property {(name: string, rowId: string) => void} explained a row of docs/differences.md says why they did not
 * @property {(name: string, detail: unknown) => void} different nothing says why they did not
 *
 * @typedef {object} Suite
 * @property {string} title
 * @property {string} source
 * @property {string} licence
 * @property {boolean} isQuick
 * @property {number} [atLeast]
 * @property {(report: Report) => Promise<void>} run
 *
 * @typedef {object} Outcome
 * @property {number} cases
 * @property {number} equal
 * @property {Map<string, number>} explained how many cases each row explains
 * @property {Array<{ name: string, detail: unknown }>} different
 * @property {string[]} faults what is wrong with the suite itself
 */

/** The names of all suites, which are those of their files. */
function suiteNames() {
  return fs
    .readdirSync(SUITES)
    .filter((name) => name.endsWith('.js') && !name.endsWith('.test.js'))
    .map((name) => path.basename(name, '.js'))
    .sort();
}

/** @returns {Suite} */
const load = (name) => require(path.join(SUITES, name));

/**
 * @param {Suite} suite
 * @returns {Promise<Outcome>}
 */
async function run(suite) {
  const outcome = { cases: 0, equal: 0, explained: new Map(), different: [], faults: [] };
  const seen = new Set();
  const count = (name) => {
    if (seen.has(name)) outcome.faults.push(`two cases are called ${JSON.stringify(name)}`);
    seen.add(name);
    outcome.cases += 1;
  };
  const report = {
    equal(name) {
      count(name);
      outcome.equal += 1;
    },
    explained(name, rowId) {
      count(name);
      outcome.explained.set(rowId, (outcome.explained.get(rowId) || 0) + 1);
    },
    different(name, detail) {
      count(name);
      outcome.different.push({ name, detail });
    },
  };
  try {
    await suite.run(report);
  } catch (error) {
    outcome.faults.push(`it ended with ${inspect(error)}`);
  }
  outcome.faults.push(...faultsOf(suite, outcome));
  return outcome;
}

function* faultsOf({ source, licence, atLeast = AT_LEAST }, { cases, explained }) {
  if (!source || !licence) yield 'it does not say whose cases it runs, and under which licence';
  if (cases < atLeast) yield `it ran ${cases} cases, where ${atLeast} are the least`;
  const rows = rowIds();
  for (const id of explained.keys()) {
    if (!rows.has(id)) yield `docs/differences.md has no row ${JSON.stringify(id)}`;
  }
}

/** The ids of the rows of docs/differences.md, which stand in backticks in the first column. */
function rowIds() {
  const page = fs.readFileSync(DIFFERENCES, 'utf8');
  return new Set([...page.matchAll(/^\| *`([^`]+)` *\|/gm)].map(([, id]) => id));
}

/**
 * Tells a report whether what the original and ours did is the same.
 *
 * @param {Report} report
 * @param {string} name
 * @param {{ original: unknown, ours: unknown }} both plain data
 * @param {string | undefined} [rowId] the row that explains a difference, where there is one
 */
function settle(report, name, both, rowId) {
  if (isDeepStrictEqual(both.original, both.ours)) report.equal(name);
  else if (rowId) report.explained(name, rowId);
  else report.different(name, both);
}

module.exports = { load, run, settle, suiteNames };

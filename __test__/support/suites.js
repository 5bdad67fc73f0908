'use strict';

// Runs suites of cases that other projects wrote, each over the original and over ours, and counts the results.
//
// A suite is a file of __test__/suites/, and exports:
//   title     what the suite compares
//   source    the project and the version that the cases come from
//   licence   the licence of the cases
//   isQuick   whether `npm test` also runs the suite
//   atLeast   the smallest number of cases of a complete run; ten by default
//   run       an async function that takes a report and calls it once for each case

const fs = require('node:fs');
const path = require('node:path');
const { inspect, isDeepStrictEqual } = require('node:util');

const ROOT = path.resolve(__dirname, '../..');
const SUITES = path.join(ROOT, '__test__/suites');
const DIFFERENCES = path.join(ROOT, 'docs/differences.md');
const AT_LEAST = 10;

/**
 * @typedef {object} Report
 * @property {(name: string) => void} equal the two packages did the same
 * @property {(name: string, rowId: string) => void} explained a row of docs/differences.md explains the difference
 * @property {(name: string, detail: unknown) => void} different no row explains the difference
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
 * @property {Map<string, number>} explained the number of cases that each row explains
 * @property {Array<{ name: string, detail: unknown }>} different
 * @property {string[]} faults the faults of the suite itself
 */

/** Returns the names of all suites, which are the names of their files. */
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
 * Runs a suite and counts the results of its cases.
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

/** Returns the ids of the rows of docs/differences.md, which are in backticks in the first column. */
function rowIds() {
  const page = fs.readFileSync(DIFFERENCES, 'utf8');
  return new Set([...page.matchAll(/^\| *`([^`]+)` *\|/gm)].map(([, id]) => id));
}

/**
 * Reports whether the original and ours did the same.
 *
 * @param {Report} report
 * @param {string} name
 * @param {{ original: unknown, ours: unknown }} both plain data
 * @param {string | undefined} [rowId] the row that explains a difference, if the packages differ
 */
function settle(report, name, both, rowId) {
  if (isDeepStrictEqual(both.original, both.ours)) report.equal(name);
  else if (rowId) report.explained(name, rowId);
  else report.different(name, both);
}

module.exports = { load, run, settle, suiteNames };

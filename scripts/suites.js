'use strict';

// Runs the suites of cases that other projects wrote over the original and over ours, and prints a table of the results: `node
// scripts/suites.js [name…]`. Fails if a row of docs/differences.md does not explain a difference.

const { inspect } = require('util');

const { load, run, suiteNames } = require('../__test__/support/suites');

async function main(names) {
  const unknown = names.filter((name) => !suiteNames().includes(name));
  if (unknown.length > 0) {
    throw new Error(
      `There is no suite ${unknown.join(', ')}; there are ${suiteNames().join(', ')}.`,
    );
  }

  console.log('| suite | cases | equal | explained by rows of docs/differences.md | different |');
  console.log('|---|---|---|---|---|');
  const complaints = [];
  for (const name of names.length > 0 ? names : suiteNames()) {
    const suite = load(name);
    const { cases, equal, explained, different, faults } = await run(suite);
    const rows = [...explained].map(([id, count]) => `\`${id}\` ${count}`).join(', ');
    console.log(
      `| ${name}: ${suite.title} (${suite.source}; ${suite.licence}) | ${cases} | ${equal} | ${rows} | ${different.length} |`,
    );
    complaints.push(
      ...faults.map((fault) => `${name}: ${fault}`),
      ...different.map((each) => `${name}: ${each.name}\n${inspect(each.detail, { depth: 8 })}`),
    );
  }

  for (const complaint of complaints) console.log(`\n${complaint}`);
  process.exitCode = complaints.length > 0 ? 1 : 0;
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});

'use strict';

// Runs a small program with both packages under each option of Node, and under what else an administrator, a start script or the
// program itself may have decided for its process: see __test__/process/. `npm test` runs a dozen of these cases.

const { execFileSync } = require('node:child_process');

const { casesOf } = require('../process/cases');
const { compareAll } = require('../process/compare');
const { executableOf } = require('../../scripts/runtimes');

// The newest Node knows the most options, and differs most from the machine's own.
const NEWEST = 'node-26';

function runtimes() {
  const isKnown = `${process.platform}-${process.arch}` === 'linux-x64';
  return [process.execPath, ...(isKnown ? [executableOf(NEWEST)] : [])];
}

module.exports = {
  title: 'options, variables and hardenings of a process',
  source: 'the options that each Node names, and cases written for this suite',
  licence: 'MIT, Node.js contributors',
  // A case starts two processes.
  isQuick: false,
  atLeast: 500,
  async run(report) {
    for (const node of runtimes()) {
      const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
      await compareAll(casesOf(node), node, ({ name }, faults, why) => {
        const title = `${version}: ${name}`;
        if (faults === null) console.log(`Left out: ${title}, which ${why.split('\n').pop()}`);
        else if (faults.length === 0) report.equal(title);
        else report.different(title, faults);
      });
    }
  },
};

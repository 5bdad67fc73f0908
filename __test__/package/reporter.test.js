'use strict';

// Tests that the output of a failing test ends with a line that says how to run it alone.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');

const root = path.join(__dirname, '../..');
const PASSES = `require('node:test').test('passes', () => {});`;
const FAILS = `require('node:test').test('outer', (t) => t.test('inner', () => { throw new Error('no'); }));`;

/** Runs test files with these contents as `npm test` does, and returns the last lines of the output. */
function lastLines(contents, env = {}) {
  const folder = fs.mkdtempSync(path.join(__dirname, 'reported-'));
  try {
    const files = contents.map((content, index) => {
      const file = path.join(folder, `${index}.test.js`);
      fs.writeFileSync(file, content);
      return file;
    });
    const reporter = path.join(root, 'scripts/reporter.js');
    // A test runner that is started by another one reports to that one alone.
    const { NODE_TEST_CONTEXT: _, TEST_NODE: _node, ...rest } = process.env;
    const { stdout } = spawnSync(
      process.execPath,
      ['--test', `--test-reporter=${reporter}`, ...files],
      { encoding: 'utf8', env: { ...rest, ...env } },
    );
    const lines = stdout.trimEnd().split('\n').slice(-2);
    return lines.map((line) => line.replace(path.basename(folder), 'folder'));
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

test('each file that fails has a last line', () => {
  assert.deepEqual(lastLines([FAILS, PASSES, 'throw new Error("no");']).sort(), [
    'To run it alone: npm test -- __test__/package/folder/0.test.js',
    'To run it alone: npm test -- __test__/package/folder/2.test.js',
  ]);
  const [, last] = lastLines([FAILS], { TEST_NODE: '26' });
  assert.equal(last, 'To run it alone: npm test -- --node 26 __test__/package/folder/0.test.js');
  assert.doesNotMatch(lastLines([PASSES]).join('\n'), /alone/);
});

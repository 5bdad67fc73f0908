'use strict';

// Runs each program that README.md shows, as it stands there, in a project that has this package installed.

const assert = require('node:assert/strict');
const {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { after, before, test } = require('node:test');

const { run } = require('./support/child');

const root = path.join(__dirname, '..');
const local = path.join(root, 'examples', 'local.js');

// By their headings: whether a program runs over the local platform of the examples, and what it prints.
const programs = {
  'A first program': { isLocal: true, prints: [/^200 \{ item_ids: \[ '1' \] \}$/] },
  'What it adds': {
    isLocal: true,
    prints: [
      /^GET feeds\/playground 200 attempt 1$/,
      /^\{"items":\[\]\}$/,
      /^GET nowhere 404 attempt 1$/,
      /^ErrorResponse 404 services\/feeds\/not_found\/resource_not_found: /,
      /^bearer 86400$/,
    ],
  },
  'ES modules and bundlers': { prints: [] },
  'Testing your service SDK': { prints: [/users are read/, /pass 1$/, /fail 0$/] },
};

const shown = programsIn(readFileSync(path.join(root, 'README.md'), 'utf8'));

let directory;

before(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'readme-'));
  mkdirSync(path.join(directory, 'node_modules'));
  symlinkSync(root, path.join(directory, 'node_modules/pusher-platform-native'), 'junction');
});

after(() => rmSync(directory, { recursive: true }));

test('each program that is shown is run here, and the other way round', () => {
  const headings = shown.map(({ heading }) => heading);
  assert.deepEqual(headings, Object.keys(programs));
});

for (const { heading, source } of shown) {
  test(heading, { timeout: 120_000 }, async () => {
    const { isLocal, prints } = programs[heading];
    const ending = /^import /m.test(source) ? 'mjs' : 'js';
    const program = path.join(directory, `${heading}.${ending}`);
    writeFileSync(program, source);
    const { code, stdout, stderr } = await (isLocal
      ? run(local, { args: [program] })
      : run(program));
    assert.deepEqual([code, stderr], [0, ''], stdout);
    // In this order, perhaps with others between.
    const lines = stdout.split('\n');
    for (const pattern of prints) {
      const at = lines.findIndex((line) => pattern.test(line));
      assert.notEqual(at, -1, `no line like ${pattern} in its place:\n${stdout}`);
      lines.splice(0, at + 1);
    }
  });
}

/** The blocks of JavaScript in a text, each with the heading that it stands below. */
function programsIn(markdown) {
  const found = [];
  let heading;
  for (const [, title, source] of markdown.matchAll(/^## ([^\n]*)$|^```js\n(.*?)^```$/gms)) {
    if (title) heading = title;
    else found.push({ heading, source });
  }
  return found;
}

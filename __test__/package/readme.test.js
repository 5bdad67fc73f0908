'use strict';

// Runs each program in README.md and docs/ unchanged, in a project that has this package installed, and checks the links of all
// documents.

const assert = require('node:assert/strict');
const {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { after, before, test } = require('node:test');

const { run } = require('../support/child');

const root = path.join(__dirname, '../..');
const local = path.join(root, 'examples', 'local.js');

// Lists, by document and heading, whether a program runs over the local platform of the examples, and what it prints.
const programs = {
  'README.md: A first program': { isLocal: true, prints: [/^200 \{ item_ids: \[ '1' \] \}$/] },
  'docs/installing.md: ES modules and bundlers': { prints: [] },
  'docs/options.md: What it adds': {
    isLocal: true,
    prints: [
      /^GET feeds\/playground 200 attempt 1$/,
      /^\{"items":\[\]\}$/,
      /^GET nowhere 404 attempt 1$/,
      /^ErrorResponse 404 services\/feeds\/not_found\/resource_not_found: /,
      /^bearer 86400$/,
    ],
  },
  'docs/testing.md: A local platform for service SDKs': {
    prints: [/users are read/, /pass 1$/, /fail 0$/],
  },
};

const documents = [
  ...['README.md', 'ARCHITECTURE.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md'],
  'examples/README.md',
  ...readdirSync(path.join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
const textOf = (name) => readFileSync(path.join(root, name), 'utf8');
const shown = documents.flatMap((name) =>
  programsIn(textOf(name)).map(({ heading, source }) => ({ title: `${name}: ${heading}`, source })),
);

let directory;

before(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'readme-'));
  mkdirSync(path.join(directory, 'node_modules'));
  symlinkSync(root, path.join(directory, 'node_modules/pusher-platform-native'), 'junction');
});

after(() => rmSync(directory, { recursive: true }));

test('each program that is shown is run here, and the other way round', () => {
  assert.deepEqual(
    shown.map(({ title }) => title),
    Object.keys(programs),
  );
});

for (const { title, source } of shown) {
  test(title, { timeout: 120_000 }, async () => {
    const { isLocal, prints } = programs[title];
    const ending = /^import /m.test(source) ? 'mjs' : 'js';
    const program = path.join(directory, `${title.replace(/\W+/g, '-')}.${ending}`);
    writeFileSync(program, source);
    const { code, stdout, stderr } = await (isLocal
      ? run(local, { args: [program] })
      : run(program));
    assert.deepEqual([code, stderr], [0, ''], stdout);
    // The expected lines occur in this order; other lines may occur between them.
    const lines = stdout.split('\n');
    for (const pattern of prints) {
      const at = lines.findIndex((line) => pattern.test(line));
      assert.notEqual(at, -1, `no line like ${pattern} in its place:\n${stdout}`);
      lines.splice(0, at + 1);
    }
  });
}

test('README.md has at most 150 lines', () => {
  assert.ok(textOf('README.md').split('\n').length <= 151);
});

for (const name of documents) {
  test(`every link of ${name} leads to a file and a heading that exist`, () => {
    const links = [...textOf(name).matchAll(/\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]*))?\)/g)];
    for (const [link, file, anchor] of links) {
      const target = file ? path.join(path.dirname(name), file) : name;
      assert.ok(existsSync(path.join(root, target)), link);
      if (anchor) assert.ok(anchorsIn(textOf(target)).includes(anchor), link);
    }
  });
}

/** Returns the anchors that GitHub gives to the headings of a text. */
function anchorsIn(markdown) {
  const headings = [...markdown.matchAll(/^#+ (.*)$/gm)];
  return headings.map(([, title]) =>
    title
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

/** Returns the blocks of JavaScript in a text, each with the heading of its section. */
function programsIn(markdown) {
  const found = [];
  let heading;
  for (const [, title, source] of markdown.matchAll(/^## ([^\n]*)$|^```js\n(.*?)^```$/gms)) {
    if (title) heading = title;
    else found.push({ heading, source });
  }
  return found;
}

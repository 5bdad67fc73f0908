'use strict';

// Installs this package by the lines that README.md prints, each in an empty folder, runs each program of README.md and docs/ there,
// as a CommonJS module, as an ES module and as strict TypeScript, and checks the links of all documents.

const assert = require('node:assert/strict');
const { exec } = require('node:child_process');
const {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { after, before, test } = require('node:test');
const { promisify } = require('node:util');

const { run } = require('../support/child');
const { startRegistry } = require('../support/registry');

const root = path.join(__dirname, '../..');
const tsc = path.join(root, 'node_modules/typescript/bin/tsc');

// The lines that each program prints, by document and heading.
const programs = {
  'README.md: A first program': [
    /^200 \{$/,
    /access_token: '\w+\.\w+\.\S+',$/,
    /^200 \{ received: 1 \}$/,
    /^404 services\/feeds\/not_found\/resource_not_found There is no POST nowhere$/,
  ],
  'docs/installing.md: ES modules and bundlers': [],
  'docs/options.md: What it adds': [
    /^GET feeds\/playground 200 attempt 2$/,
    /^\{"items":\[\]\}$/,
    /^GET nowhere 404 attempt 1$/,
    /^services\/feeds\/not_found\/resource_not_found: /,
    /^bearer 86400$/,
  ],
  'docs/options.md: TypeScript': [/^string$/],
  'docs/testing.md: A local platform for service SDKs': [/users are read/, /pass 1$/, /fail 0$/],
  'docs/testing.md: Fake timers': [/a request that takes too long/, /pass 1$/, /fail 0$/],
  'docs/traces.md: The tracing channel': [],
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
  programsIn(textOf(name)).map(({ heading, ...program }) => ({
    ...program,
    title: `${name}: ${heading}`,
  })),
);

// The lines that README.md prints for the two names.
const installs = [
  ...textOf('README.md').matchAll(/^npm install (?:(@pusher\/\S+)@npm:)?(\S+)$/gm),
].map(([line, inPlace, own]) => ({ line, name: inPlace || own }));

let registry;
let directory;
const folderOf = (name) => path.join(directory, name.replace('/', '+'));

before(async () => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'readme-'));
  registry = await startRegistry();
});

after(async () => {
  await registry.close();
  rmSync(directory, { recursive: true });
});

test('README.md prints a line for the original’s place, and one for a new project', () => {
  const names = installs.map(({ name }) => name);
  assert.deepEqual(names, ['@pusher/platform-node', 'pusher-platform-native']);
});

test('README.md shows the imports of its program', () => {
  const [{ source }] = shown;
  const lines = importing(source).match(/^import .*;$/gm);
  assert.equal(lines.length, 2);
  for (const line of lines) assert.ok(textOf('README.md').includes(line), line);
});

test('each program that is shown is run here, and the other way round', () => {
  assert.deepEqual(
    shown.map(({ title }) => title),
    Object.keys(programs),
  );
});

for (const { line, name } of installs) {
  test(line, { timeout: 240_000 }, async (t) => {
    const cwd = folderOf(name);
    mkdirSync(cwd);
    await install(line, cwd);
    await install('npm install --save-dev @types/node', cwd);
    const files = filesOf(cwd, name);
    assert.equal(await compile(cwd), '');
    for (const [form, title, program] of files) {
      await t.test(`${title}, as ${form}`, async () => {
        const env = {
          // A proxy that nobody listens at: no program may need one to reach the local platform.
          HTTPS_PROXY: 'http://127.0.0.1:9',
          // Some versions of Node warn that its fake timers are experimental.
          NODE_OPTIONS: '--disable-warning=ExperimentalWarning',
        };
        const { code, stdout, stderr } = await run(program, { env });
        assert.deepEqual([code, stderr], [0, ''], stdout);
        // The expected lines occur in this order; other lines may occur between them.
        const lines = stdout.split('\n');
        for (const pattern of programs[title]) {
          const at = lines.findIndex((each) => pattern.test(each));
          assert.notEqual(at, -1, `no line like ${pattern} in its place:\n${stdout}`);
          lines.splice(0, at + 1);
        }
      });
    }
  });
}

/**
 * Writes each program in its three forms. Returns the form, the title and the file to run of each.
 * @param {string} cwd
 * @param {string} name the name of the package: the documents say to replace it, where it is installed in the original's place
 */
function filesOf(cwd, name) {
  return shown.flatMap(({ title, source, language }) => {
    const text = source.replaceAll("'pusher-platform-native", `'${name}`);
    const isModule = /^import /m.test(text);
    const write = (ending, content) => {
      const file = path.join(cwd, `${title.replace(/\W+/g, '-')}.${ending}`);
      writeFileSync(file, content);
      return file;
    };
    const imported = importing(text);
    const typed = write('strict.ts', imported);
    const files = [['TypeScript', title, typed.replace(/ts$/, 'js')]];
    if (language === 'ts') {
      return [...files, ['an ES module', title, write('module.mts', text).replace(/mts$/, 'mjs')]];
    }
    const own = isModule ? [] : [['a CommonJS module', title, write('js', text)]];
    return [...files, ...own, ['an ES module', title, write('mjs', imported)]];
  });
}

/** Returns a program with `import` in place of `require`. @param {string} text */
function importing(text) {
  return text.replace(
    /^const (\{.*?\}|\w+) = require\((.*?)\);/gm,
    (_line, names, from) => `import ${names} from ${from};`,
  );
}

/** Compiles all programs in TypeScript of a folder, under the strictest options. Returns the errors. */
async function compile(cwd) {
  const strict = ['--strict', '--noUncheckedIndexedAccess', '--exactOptionalPropertyTypes'];
  const options = ['--module', 'node16', '--target', 'es2020', '--types', 'node', ...strict];
  const files = readdirSync(cwd).filter((file) => /\.m?ts$/.test(file));
  const { stdout } = await run(tsc, {
    args: [
      ...options,
      ...['--typeRoots', `${cwd}/node_modules/@types`],
      ...files.map((file) => path.join(cwd, file)),
    ],
    timeout: 120_000,
  });
  return stdout;
}

/** Runs a line as a user does, with packages from the registry of this test alone. */
async function install(line, cwd) {
  const { PATH, SystemRoot } = process.env;
  const npm = {
    NPM_CONFIG_CACHE: path.join(directory, 'cache'),
    NPM_CONFIG_REGISTRY: registry.url,
  };
  await promisify(exec)(line, { cwd, env: { PATH, SystemRoot, HOME: cwd, ...npm } });
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

/** Returns the blocks of JavaScript and TypeScript in a text, each with the heading of its section. */
function programsIn(markdown) {
  const found = [];
  let heading;
  const pattern = /^## ([^\n]*)$|^```(js|ts)\n(.*?)^```$/gms;
  for (const [, title, language, source] of markdown.matchAll(pattern)) {
    if (title) heading = title;
    else found.push({ heading, language, source });
  }
  return found;
}

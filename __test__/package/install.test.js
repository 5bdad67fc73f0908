'use strict';

// Installs this package for a service SDK as docs/installing.md says for each package manager, and checks it by the commands that
// are printed there.

const assert = require('node:assert/strict');
const { exec } = require('node:child_process');
const { mkdtempSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { after, before, test } = require('node:test');
const { promisify } = require('node:util');

const { installOnce } = require('../../scripts/installed');
const { startRegistry } = require('../support/registry');

const text = readFileSync(path.join(__dirname, '../../docs/installing.md'), 'utf8');
const SDK = '@pusher/chatkit-server';

// What the document prints: the lines for one's own code, the two checks, and the overrides.
const [npmAdd, pnpmAdd, yarnAdd] = ['npm', 'pnpm', 'yarn'].map(
  (manager) => text.match(new RegExp(`^${manager} (?:add|install) \\S+$`, 'm'))[0],
);
const [ofOwnCode, ofSdk] = [...text.matchAll(/^node -p ".*"$/gm)].map(([line]) => line);
const [doctor] = text.match(/^node -e ".*" - doctor$/m);
const entries = [...text.matchAll(/^\| (npm|yarn|pnpm)[^|]*\| `[^|]*\| (.*) \|$/gm)];
const [npmEntry, yarnEntry, , oldPnpmEntry] = entries.map(([, , cell]) => cell.slice(1, -1));
const pnpmEntry = entries[2][2].match(/`'@.*`/)[0].slice(1, -1);

let registry;
let directory;
let managers;
let yarn4;

before(async () => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'install-'));
  managers = path.join(installOnce('managers', { pnpm: '10', yarn: '1' }), 'node_modules/.bin');
  yarn4 = path.join(installOnce('yarn-4', { '@yarnpkg/cli-dist': '4' }), 'node_modules/.bin');
  registry = await startRegistry();
});

after(async () => {
  await registry.close();
  rmSync(directory, { recursive: true });
});

test('npm, with an override', async () => {
  const shell = await project({ 'package.json': `{ ${npmEntry} }` });
  await shell(`npm install ${SDK}`);
  assert.equal(await shell(ofSdk), 'pusher-platform-native');
  assert.match(await shell('npm ls @pusher/platform-node'), /pusher-platform-native@0\.15\./);
});

test('npm, with an override and the package below the SDK', async () => {
  const shell = await project({ 'package.json': `{ ${npmEntry} }` });
  await shell(`npm install --install-strategy=nested ${SDK}`);
  assert.equal(await shell(ofSdk), 'pusher-platform-native');
  await assert.rejects(shell(ofOwnCode), /Cannot find module/);
});

test('npm, over an SDK with the original: needs no override, and takes one with a dollar', async () => {
  const shell = await project({ 'package.json': '{}' });
  await shell(`npm install ${SDK}`);
  assert.equal(await shell(ofSdk), '@pusher/platform-node');
  await shell(npmAdd);
  const names = () => Promise.all([shell(ofOwnCode), shell(ofSdk)]);
  assert.deepEqual(await names(), ['pusher-platform-native', 'pusher-platform-native']);

  const override = (entry) => shell(`npm pkg set --json overrides='${JSON.stringify(entry)}'`);
  await override(JSON.parse(`{ ${npmEntry} }`).overrides);
  await assert.rejects(shell('npm install'), /EOVERRIDE/);
  await override({ '@pusher/platform-node': '$@pusher/platform-node' });
  await shell('npm install');
  assert.deepEqual(await names(), ['pusher-platform-native', 'pusher-platform-native']);
});

test('yarn, with a resolution beside the line for one’s own code', async () => {
  const shell = await project({ 'package.json': `{ ${yarnEntry} }` });
  await shell(yarnAdd);
  await shell(`yarn add ${SDK}`);
  assert.equal(await shell(ofOwnCode), 'pusher-platform-native');
  assert.equal(await shell(ofSdk), 'pusher-platform-native');
  assert.match(
    await shell('yarn why @pusher/platform-node'),
    /Found "@pusher\/platform-node@0\.15\./,
  );
});

test('pnpm, with an override beside the line for one’s own code', async () => {
  const workspace = `overrides:\n  ${pnpmEntry}\n`;
  const shell = await project({ 'package.json': '{}', 'pnpm-workspace.yaml': workspace });
  await shell(pnpmAdd);
  await shell(`pnpm add ${SDK}`);
  assert.equal(await shell(ofOwnCode), 'pusher-platform-native');
  assert.equal(await shell(ofSdk), 'pusher-platform-native');
  const why = await shell('pnpm why pusher-platform-native');
  assert.match(why, /chatkit-server/);
  assert.doesNotMatch(why, /platform-node@0\.15\.5/);
  assert.match(await shell('pnpm exec pusher-platform-native doctor'), /verdict: calls can work$/);
});

test('pnpm, with an override in package.json', async () => {
  const shell = await project({ 'package.json': `{ ${oldPnpmEntry} }` });
  await shell(`pnpm add ${SDK}`);
  assert.equal(await shell(ofSdk), 'pusher-platform-native');
  await assert.rejects(shell('pnpm exec pusher-platform-native doctor'), /Command failed/);
  assert.match(await shell(doctor), /verdict: calls can work$/);
});

test('yarn 4, under Plug’n’Play', async () => {
  const files = { 'package.json': '{}', 'yarn.lock': '' };
  const own = await project(files, yarn4);
  await own(yarnAdd);
  assert.equal(await own(`yarn ${ofOwnCode}`), 'pusher-platform-native');
  await assert.rejects(own(ofOwnCode), /Cannot find module/);
  assert.match(await own('yarn pusher-platform-native doctor'), /verdict: calls can work$/);

  // Yarn adds dependencies on types to `got`, which are not installed here.
  const { resolutions } = JSON.parse(`{ ${yarnEntry} }`);
  for (const name of ['keyv', 'responselike']) resolutions[`@types/${name}`] = 'npm:@types/qs@*';
  const manifest = JSON.stringify({ resolutions });
  const shell = await project({ ...files, 'package.json': manifest }, yarn4);
  await shell(`yarn add ${SDK}`);
  assert.equal(await shell(`yarn ${ofSdk}`), 'pusher-platform-native');
  await assert.rejects(shell('yarn pusher-platform-native doctor'), /Command failed/);
  assert.match(await shell(`yarn ${doctor}`), /verdict: calls can work$/);
});

/** Makes a folder with these files. Returns a function that runs a line in it and resolves with what the line prints. */
async function project(files, folder = managers) {
  const cwd = mkdtempSync(path.join(directory, 'project-'));
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(cwd, name), content);
  const env = {
    SystemRoot: process.env.SystemRoot,
    PATH: [folder, process.env.PATH].join(path.delimiter),
    // The managers keep what they have fetched here, and not among what the user has.
    HOME: directory,
    NPM_CONFIG_CACHE: path.join(directory, 'cache'),
    NPM_CONFIG_REGISTRY: registry.url,
    NPM_CONFIG_STORE_DIR: path.join(directory, 'store'),
    // pnpm adds dependencies on types to `got`, which are not installed here.
    NPM_CONFIG_IGNORE_COMPATIBILITY_DB: 'true',
    YARN_REGISTRY: registry.url,
    // Yarn 4 reads these. It has to take versions of this very minute, and the lock file of an empty project.
    YARN_NPM_REGISTRY_SERVER: registry.url.replace(/\/$/, ''),
    YARN_UNSAFE_HTTP_WHITELIST: '127.0.0.1',
    YARN_NPM_MINIMAL_AGE_GATE: '0',
    YARN_ENABLE_IMMUTABLE_INSTALLS: 'false',
    YARN_ENABLE_TELEMETRY: '0',
    YARN_GLOBAL_FOLDER: path.join(directory, 'yarn'),
    CI: 'true',
  };
  return async (line) => {
    const { stdout } = await promisify(exec)(line, { cwd, env, timeout: 120_000 });
    return stdout.trim();
  };
}

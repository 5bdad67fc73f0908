'use strict';

// Tests that no file of the package is read after it has been loaded: an update replaces the files of a running process, and tests
// mock the file system.

const assert = require('node:assert/strict');
const { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync } = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { after, before, test } = require('node:test');

const { createPlatform } = require('pusher-platform-native/testing');

const { run } = require('../support/child');
const { IDENTITY } = require('../support/local');

const ROOT = path.resolve(__dirname, '../..');
const folder = mkdtempSync(path.join(os.tmpdir(), 'removed-'));
let platform;

before(async () => {
  platform = await createPlatform(IDENTITY);
  const installed = path.join(folder, 'package');
  for (const name of ['index.js', 'package.json', 'lib']) {
    cpSync(path.join(ROOT, name), path.join(installed, name), { recursive: true });
  }
  const modules = path.join(ROOT, 'node_modules');
  const own = path.join(installed, 'node_modules');
  cpSync(path.join(modules, 'qs'), path.join(own, 'qs'), { recursive: true });
  // A library that has been loaded stays, whatever becomes of its file.
  for (const name of readdirSync(modules).filter((each) => /^pusher-platform-native-/.test(each))) {
    symlinkSync(path.join(modules, name), path.join(own, name));
  }
});

after(async () => {
  await platform.close();
  rmSync(folder, { recursive: true });
});

/** What becomes of the files after they have been loaded, as code in which FOLDER is the folder of the package. */
const FATES = {
  'are kept': '',
  'are removed': 'fs.renameSync(FOLDER, FOLDER + ".old");',
  'are hidden by a mock of the file system': `
    for (const name of ['readFileSync', 'openSync', 'statSync', 'lstatSync', 'realpathSync', 'readdirSync']) {
      fs[name] = (file) => { throw Object.assign(new Error('ENOENT: no such file ' + file), { code: 'ENOENT' }); };
    }
    process.binding('fs').internalModuleStat = () => -2;
    require('module')._findPath = () => false;`,
};

const PROGRAM = `
  const fs = require('fs');
  const { port, ca, identity } = JSON.parse(process.argv[1]);
  const FOLDER = process.argv[2];
  const { Instance, SDKInfo } = require(FOLDER);
  const outcomes = {};
  FATE
  const instanceOf = (options) => new Instance({
    ...identity, host: '127.0.0.1', port, ca, serviceName: 'feeds', serviceVersion: 'v1',
    sdkInfo: new SDKInfo({ productName: 'p', version: '1' }), ...options,
  });
  const tell = async (name, options, how) => {
    const instance = instanceOf(how);
    const { token: jwt } = instance.generateAccessToken({ su: true });
    outcomes[name] = await instance.request({ method: 'GET', path: 'a', jwt, ...options }).then(
      ({ statusCode, body }) => [statusCode, body],
      ({ name, code, status, message }) => [name, code, status, message],
    );
  };
  (async () => {
    await tell('a request');
    await tell('qs', { method: 'POST', qs: { a: [1, { b: 2 }] }, body: {} });
    await tell('querystring', { qs: { a: [1, 2] }, useQuerystring: true });
    await tell('an error', { path: 'none' });
    await tell('a refused connection', {}, { port: 1 });
    await tell('an invalid header', { headers: { 'a b': 'c' } });
    await tell('an invalid option', { timeout: 'x' });
    await tell('an aborted call', { signal: AbortSignal.abort() });
    await tell('an unusual host', {}, { host: '0x7f.1' });
    await tell('a certificate that is refused', {}, { ca: undefined });
    const channels = require('diagnostics_channel');
    const seen = [];
    channels.channel('undici:request:create').subscribe(() => seen.push('undici'));
    if (channels.tracingChannel) {
      channels.tracingChannel('pusher-platform:request').subscribe({ start: () => seen.push('traced'), end() {}, asyncStart() {}, asyncEnd() {}, error() {} });
    }
    await tell('an observed request');
    const https = require('https');
    const { request } = https;
    https.request = (...args) => request(...args);
    await tell('a request through Node', { qs: { a: [1] } });
    console.log(JSON.stringify({ ...outcomes, seen }));
  })();
`;

/** Returns what the calls of a process come to. */
async function outcomesOf(fate, id) {
  const own = path.join(folder, id);
  cpSync(path.join(folder, 'package'), own, { recursive: true, verbatimSymlinks: true });
  platform.clear();
  platform.on('GET', 'a', ({ query }) => ({ body: { query } }));
  platform.on('POST', 'a', ({ query }) => ({ body: { query } }));
  const given = JSON.stringify({ port: platform.port, ca: platform.ca, identity: IDENTITY });
  const { json } = await run(
    PROGRAM.replace('FATE', () => fate),
    { args: [given, own] },
  );
  return json;
}

for (const [index, [what, fate]] of Object.entries(FATES).slice(1).entries()) {
  test(`calls work as ever after the files of the package ${what}`, async () => {
    const kept = await outcomesOf(FATES['are kept'], `kept-${index}`);
    assert.deepEqual(kept['a request'], [200, '{"query":{}}']);
    assert.deepEqual(kept.qs, [200, '{"query":{"a":["1",{"b":"2"}]}}']);
    assert.deepEqual(await outcomesOf(fate, `own-${index}`), kept);
  });
}

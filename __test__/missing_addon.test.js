'use strict';

// What a program is told where the addon of its platform is not installed, does not load, or does not exist.

const assert = require('node:assert/strict');
const { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { after, before, describe, it } = require('node:test');

const { run } = require('./support/child.js');

const ROOT = path.resolve(__dirname, '..');

describe('Without its addon, the package', () => {
  let folder;

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'pusher-platform-missing-'));
    for (const part of ['index.js', 'lib', 'binding.js', 'package.json']) {
      cpSync(path.join(ROOT, part), path.join(folder, part), { recursive: true });
    }
  });

  after(() => rmSync(folder, { recursive: true }));

  /** What requiring it throws, behind a prelude that makes the process look like another platform's. */
  async function failure(prelude = '') {
    const { json } = await run(`
      ${prelude}
      try {
        require(${JSON.stringify(folder)});
      } catch ({ message, code, cause }) {
        console.log(JSON.stringify({ message, code, hasCause: cause instanceof Error }));
      }`);
    assert.equal(json.code, 'ERR_PUSHER_PLATFORM_NO_BINARY');
    assert.equal(json.hasCause, true);
    return json.message;
  }

  const platform = (platform, arch) => `
    Object.defineProperty(process, 'platform', { value: '${platform}' });
    Object.defineProperty(process, 'arch', { value: '${arch}' });`;

  // On a system without glibc's ldd, the report tells the library.
  const report = (value) => `
    const fs = require('fs');
    const { readFileSync } = fs;
    fs.readFileSync = (file, ...rest) => {
      if (file === '/usr/bin/ldd') throw new Error('ENOENT');
      return readFileSync(file, ...rest);
    };
    process.report.getReport = () => (${JSON.stringify(value)});`;

  it('names this platform and the way to get it', async () => {
    const message = await failure();
    assert.ok(message.includes(`no binary for ${process.platform} ${process.arch}`), message);
    assert.ok(message.includes(`-${process.platform}-${process.arch}`), message);
    assert.match(message, /--omit=optional/);
  });

  for (const [name, prelude, here, suffix] of [
    ['macOS', platform('darwin', 'arm64'), 'darwin arm64', 'darwin-arm64'],
    ['Windows', platform('win32', 'x64'), 'win32 x64', 'win32-x64-msvc'],
    [
      'Linux with glibc',
      platform('linux', 'arm64') + report({ header: { glibcVersionRuntime: '2.36' } }),
      'linux arm64 (glibc)',
      'linux-arm64-gnu',
    ],
    [
      'Linux with musl',
      platform('linux', 'x64') +
        report({ header: {}, sharedObjects: ['/lib/ld-musl-x86_64.so.1'] }),
      'linux x64 (musl)',
      'linux-x64-musl',
    ],
  ]) {
    it(`names the package for ${name}`, async () => {
      const message = await failure(prelude);
      const words = `no binary for ${here}: its optional dependency pusher-platform-native-${suffix} is`;
      assert.ok(message.includes(words), message);
    });
  }

  for (const [system, arch] of [
    ['linux', 'riscv64'],
    ['freebsd', 'x64'],
    ['win32', 'ia32'],
  ]) {
    it(`says that none is published for ${system} ${arch}, and how to build it`, async () => {
      const message = await failure(platform(system, arch));
      assert.ok(message.includes(`no binary for ${system} ${arch}`), message);
      assert.match(message, /is not published, only linux-x64-gnu, .*win32-arm64-msvc are/);
      assert.match(message, /npm run build.*NAPI_RS_NATIVE_LIBRARY_PATH/);
    });
  }

  it('says why a binary that is there does not load', async () => {
    const name = 'pusher-platform-native-darwin-arm64';
    const installed = path.join(folder, 'node_modules', name);
    mkdirSync(installed, { recursive: true });
    writeFileSync(path.join(installed, 'package.json'), '{ "main": "addon.node" }');
    writeFileSync(path.join(installed, 'addon.node'), 'no library');
    const message = await failure(platform('darwin', 'arm64'));
    assert.ok(message.includes(`found ${name}, its binary for darwin arm64, but`), message);
    assert.ok(message.includes('addon.node'), message);
  });
});

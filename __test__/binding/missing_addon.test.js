'use strict';

// Tests the error that a program receives if the addon of its platform is not installed, cannot be loaded, or does not exist.

const assert = require('node:assert/strict');
const { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { after, before, describe, it } = require('node:test');

const { run } = require('../support/child.js');

const ROOT = path.resolve(__dirname, '../..');

describe('Without its addon, the package', () => {
  let folder;

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'pusher-platform-missing-'));
    for (const part of ['index.js', 'lib', 'package.json']) {
      cpSync(path.join(ROOT, part), path.join(folder, part), { recursive: true });
    }
  });

  after(() => rmSync(folder, { recursive: true }));

  /** Returns the error of requiring the package, after a prelude that makes the process look like another platform's. */
  async function failure(prelude = '') {
    const program = `
      ${prelude}
      try {
        require(${JSON.stringify(folder)});
      } catch ({ message, code, cause }) {
        console.log(JSON.stringify({ message, code, hasCause: cause instanceof Error }));
      }`;
    // Otherwise the WebAssembly module would serve.
    const { json } = await run(program, { env: { PUSHER_PLATFORM_BINDING: 'native' } });
    assert.equal(json.code, 'ERR_PUSHER_PLATFORM_NO_BINARY');
    assert.equal(json.hasCause, true);
    return json.message;
  }

  const platform = (platform, arch) => `
    Object.defineProperty(process, 'platform', { value: '${platform}' });
    Object.defineProperty(process, 'arch', { value: '${arch}' });`;

  // What loaders say of a folder, as Node's error has it: those of glibc 2.36 and of musl 1.2.5.
  // Nothing else is asked: neither the mapped files, nor `process.report`, which may look up the names of all peers.
  const loader = (words) => `
    const { dlopen } = process;
    process.dlopen = (module, file, ...rest) => {
      if (file.endsWith('.node')) return dlopen.call(process, module, file, ...rest);
      throw Object.assign(new Error(${JSON.stringify(words)}.replace('FILE', file)), { code: 'ERR_DLOPEN_FAILED' });
    };
    const { readFileSync } = require('fs');
    require('fs').readFileSync = (file, ...rest) => {
      if (String(file).startsWith('/proc')) throw new Error('ENOENT');
      return readFileSync(file, ...rest);
    };
    process.report.getReport = () => { throw new Error('Somebody waits for this'); };`;

  it('names this platform and the way to get it', async () => {
    const message = await failure();
    assert.ok(message.includes(`no binary for ${process.platform} ${process.arch}`), message);
    assert.ok(message.includes(`-${process.platform}-${process.arch}`), message);
    assert.match(message, /--omit=optional/);
  });

  const glibc = loader('FILE: cannot read file data: Is a directory');
  const musl = loader('Error loading shared library FILE: Is a directory');

  for (const [name, prelude, here, suffix] of [
    ['macOS', platform('darwin', 'arm64'), 'darwin arm64', 'darwin-arm64'],
    ['Windows', platform('win32', 'x64'), 'win32 x64', 'win32-x64-msvc'],
    ...[
      ['arm64', 'linux-arm64-gnu'],
      ['arm', 'linux-arm-gnueabihf'],
      ['s390x', 'linux-s390x-gnu'],
      ['ppc64', 'linux-ppc64-gnu'],
    ].map(([arch, suffix]) => [
      `Linux with glibc on ${arch}`,
      platform('linux', arch) + glibc,
      `linux ${arch} (glibc)`,
      suffix,
    ]),
    ...['x64', 'arm64'].map((arch) => [
      `Linux with musl on ${arch}`,
      platform('linux', arch) + musl,
      `linux ${arch} (musl)`,
      `linux-${arch}-musl`,
    ]),
    [
      'Linux with glibc whose words are translated',
      platform('linux', 'x64') +
        loader('FILE: Dateidaten können nicht gelesen werden: Ist ein Verzeichnis'),
      'linux x64 (glibc)',
      'linux-x64-gnu',
    ],
    ['macOS on x64', platform('darwin', 'x64'), 'darwin x64', 'darwin-x64'],
    ['Windows on arm64', platform('win32', 'arm64'), 'win32 arm64', 'win32-arm64-msvc'],
  ]) {
    it(`names the package for ${name}`, async () => {
      const message = await failure(prelude);
      const words = `no binary for ${here}: its optional dependency pusher-platform-native-${suffix} is`;
      assert.ok(message.includes(words), message);
    });

    it(`says why the binary for ${name} does not load, where it is there`, async () => {
      const name = `pusher-platform-native-${suffix}`;
      const installed = path.join(folder, 'node_modules', name);
      mkdirSync(installed, { recursive: true });
      writeFileSync(path.join(installed, 'package.json'), '{ "main": "addon.node" }');
      writeFileSync(path.join(installed, 'addon.node'), 'no library');
      const message = await failure(prelude);
      rmSync(installed, { recursive: true });
      assert.ok(message.includes(`found ${name}, its binary for ${here}, but`), message);
      assert.ok(message.includes('addon.node'), message);
    });
  }

  it('names the file of NAPI_RS_NATIVE_LIBRARY_PATH, and why it does not load', async () => {
    const broken = path.join(folder, 'broken.node');
    writeFileSync(broken, 'no library');
    for (const [file, why] of [
      [path.join(folder, 'nowhere.node'), /Cannot find module/],
      [broken, /broken\.node/],
    ]) {
      const name = 'NAPI_RS_NATIVE_LIBRARY_PATH';
      const message = await failure(`process.env.${name} = ${JSON.stringify(file)};`);
      const [words, reason] = message.split(`'${file}': `);
      assert.match(
        words,
        /expects the path of its addon in .* NAPI_RS_NATIVE_LIBRARY_PATH, but could/,
      );
      assert.match(reason, why);
    }
  });

  for (const [here, prelude, suffix] of [
    ['linux riscv64 (glibc)', platform('linux', 'riscv64') + glibc, 'linux-riscv64-gnu'],
    ['linux arm (musl)', platform('linux', 'arm') + musl, 'linux-arm-musleabihf'],
    ['linux s390x (musl)', platform('linux', 's390x') + musl, 'linux-s390x-musl'],
    ['freebsd x64', platform('freebsd', 'x64'), 'freebsd-x64'],
    ['win32 ia32', platform('win32', 'ia32'), 'win32-ia32-msvc'],
  ]) {
    it(`says that none is published for ${here}, and how to build it`, async () => {
      const message = await failure(prelude);
      assert.ok(
        message.includes(`no binary for ${here}: pusher-platform-native-${suffix} is`),
        message,
      );
      assert.match(message, /is not published, only linux-x64-gnu, .*win32-arm64-msvc are/);
      assert.match(message, /npm run build.*NAPI_RS_NATIVE_LIBRARY_PATH/);
    });
  }
});

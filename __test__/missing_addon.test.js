'use strict';

// What a program is told where the addon of its platform is not installed.

const assert = require('node:assert/strict');
const { cpSync, mkdtempSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { it } = require('node:test');

const { run } = require('./support/child.js');

const ROOT = path.resolve(__dirname, '..');

it('names the platform, the package and the way to get it', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'pusher-platform-missing-'));
  try {
    for (const part of ['index.js', 'lib', 'binding.js', 'package.json']) {
      cpSync(path.join(ROOT, part), path.join(folder, part), { recursive: true });
    }
    const { json } = await run(`
      try {
        require(${JSON.stringify(folder)});
      } catch ({ message, code, cause }) {
        console.log(JSON.stringify({ message, code, hasCause: cause instanceof Error }));
      }`);
    const platform = `${process.platform}-${process.arch}`;
    assert.equal(json.code, 'ERR_PUSHER_PLATFORM_NO_BINARY');
    assert.ok(json.message.includes(`no binary for ${platform}`), json.message);
    assert.ok(json.message.includes(`pusher-platform-native-${platform}`), json.message);
    assert.match(json.message, /--omit=optional/);
    assert.equal(json.hasCause, true);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

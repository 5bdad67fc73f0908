'use strict';

// Tests that `npm run reproduce` finds each kind of difference between two tarballs, and says where it is (scripts/compare.js).

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { after, before, it } = require('node:test');
const { gunzipSync, gzipSync } = require('node:zlib');

const { differences, placesOf } = require('../../scripts/compare.js');

let folder;
before(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'reproduce-test-'));
});
after(() => fs.rmSync(folder, { recursive: true }));

/** Writes a tarball of files, each given by its name, its content and, if it matters, its mode. */
function tarball(name, files) {
  const stage = path.join(folder, name);
  for (const [file, content, mode = 0o644] of files) {
    const target = path.join(stage, 'package', file);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, content);
    fs.chmodSync(target, mode);
  }
  const tgz = path.join(folder, `${name}.tgz`);
  execFileSync('tar', ['-czf', tgz, '-C', stage, 'package']);
  return tgz;
}

it('finds no difference where only the compression differs', () => {
  const one = tarball('same', [['a.js', 'a\n'.repeat(1000)]]);
  const other = path.join(folder, 'packed-again.tgz');
  fs.writeFileSync(other, gzipSync(gunzipSync(fs.readFileSync(one)), { level: 1 }));
  assert.notDeepEqual(fs.readFileSync(one), fs.readFileSync(other));
  assert.deepEqual(differences(one, other), []);
});

it('names the files that differ, with the place and the texts', () => {
  const one = tarball('one', [
    ['a.js', 'const a = 1;\n'],
    ['lib/b.js', 'b', 0o644],
    ['c.js', 'only here'],
  ]);
  const other = tarball('other', [
    ['a.js', 'const a = 2;\n'],
    ['lib/b.js', 'b', 0o600],
  ]);
  assert.deepEqual(differences(one, other), [
    'package/a.js: at byte 10: "const a = 1;" and "const a = 2;"',
    'package/c.js is only in the first tarball',
    'package/lib/b.js has mode 644 and 600',
  ]);
});

it('says so where only the headers of the archives differ', () => {
  const one = tarball('older', [['a.js', 'a']]);
  fs.utimesSync(path.join(folder, 'older/package/a.js'), 0, 0);
  const other = path.join(folder, 'newer.tgz');
  execFileSync('tar', ['-czf', other, '-C', path.join(folder, 'older'), 'package']);
  assert.match(differences(one, other).join(), /headers of the archives/);
});

it('names the section of a library and the text in it', () => {
  require('../..');
  const addon = Object.keys(require.cache).find((name) => name.endsWith('.node'));
  const one = fs.readFileSync(addon);
  const other = Buffer.from(one);
  const text = 'Expected one of';
  const at = one.indexOf(text);
  assert.ok(at > 0);
  other.write('Z', at + 3);
  const [place, ...rest] = placesOf(one, other);
  assert.deepEqual(rest, []);
  const where = process.platform === 'linux' ? ' in .rodata' : '';
  assert.ok(place.startsWith(`at byte ${at + 3}${where}: `), place);
  assert.ok(place.includes(text) && place.includes('ExpZcted one of'), place);
});

it('counts many differences, and tells the sizes', () => {
  const one = Buffer.alloc(10_000, 'a');
  const other = Buffer.alloc(10_001, 'a');
  for (let at = 0; at < 10_000; at += 1000) other[at] = 0x62;
  const found = placesOf(one, other);
  assert.equal(found[0], 'it has 10000 and 10001 bytes');
  assert.equal(found[found.length - 1], '10 bytes differ in 10 places');
  assert.equal(found.length, 7);
});

'use strict';

// Tests which faults of a binary prevent its packing (scripts/binary.js).

const assert = require('node:assert/strict');
const { it } = require('node:test');

const { faults, foldersIn, glibc } = require('../../scripts/binary.js');

const LINUX = 'x86_64-unknown-linux-gnu';

const binary = (strings) => Buffer.from(`\0${strings.join('\0')}\0`);

it('reads the newest glibc by its numbers, not by its letters', () => {
  assert.deepEqual(glibc(binary(['GLIBC_2.9', 'GLIBC_2.16', 'GLIBC_2.2.5'])), [2, 16]);
  assert.deepEqual(glibc(binary(['GLIBC_2.28', 'GLIBC_2.17'])), [2, 28]);
  assert.equal(glibc(binary(['GLIBC_PRIVATE', 'a GLIBC_2.34 in a text'])), undefined);
});

it('takes a binary for glibc 2.17, and for 2.19 on ppc64le', () => {
  assert.deepEqual(faults(binary(['GLIBC_2.17']), LINUX), []);
  assert.deepEqual(faults(binary(['GLIBC_2.19']), 'powerpc64le-unknown-linux-gnu'), []);
});

it('refuses a newer glibc, unless any will do', () => {
  const newer = binary(['GLIBC_2.17', 'GLIBC_2.18']);
  assert.deepEqual(faults(newer, LINUX), ['asks for glibc 2.18, above 2.17']);
  assert.deepEqual(faults(newer, LINUX, { anyGlibc: true }), []);
});

it('refuses symbols on Linux', () => {
  assert.deepEqual(faults(binary(['.symtab']), LINUX), ['is not stripped']);
  assert.deepEqual(faults(binary(['.symtab']), 'aarch64-apple-darwin'), []);
});

it('refuses more than 5 MiB on every platform', () => {
  const limit = 5 * 1024 * 1024;
  assert.deepEqual(faults(Buffer.alloc(limit), 'aarch64-apple-darwin'), []);
  assert.match(faults(Buffer.alloc(limit + 1), 'aarch64-apple-darwin').join(), /5242881 bytes/);
});

it('finds the folders of a builder, and those of anybody else', () => {
  const mine = ['/srv/project', '/opt/cargo'];
  for (const found of [
    '/srv/project/src/lib.rs',
    '/opt/cargo/registry/a.rs',
    '/home/somebody/a.c',
    '/root/.cargo/registry/a.rs',
    '/Users/runner/a.c',
    'C:\\Users\\runner\\a.c',
  ]) {
    assert.deepEqual(foldersIn(binary([`a${found}`, 'z']), mine), [found]);
  }
  const fine = ['/crates/a/src/lib.rs', '/project/src/lib.rs', '/home', 'on /root'];
  assert.deepEqual(foldersIn(binary(fine), mine), []);
});

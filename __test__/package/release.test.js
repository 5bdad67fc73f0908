'use strict';

// Tests which disagreements prevent the publication of a release (scripts/release-check.js).

const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const path = require('node:path');
const { it } = require('node:test');

const { disagreements } = require('../../scripts/release-check.js');
const { napi, name, version } = require('../../package.json');

const read = (file) => readFileSync(path.join(__dirname, '../..', file), 'utf8');
const edited = (file, from, to) => (each) => {
  const text = read(each);
  if (each !== file) return text;
  assert.ok(text.includes(from), `${file} has ${from}`);
  return text.replace(from, to);
};

it('finds nothing in what is here', () => {
  assert.deepEqual(disagreements({ read, tag: `v${version}` }), []);
});

for (const [file, from, to, words] of [
  [
    '.github/workflows/validate.yml',
    'package: -linux-x64-musl',
    'package: -linux-x64-gnu',
    /validate\.yml/,
  ],
  ['deny.toml', '  "s390x-unknown-linux-gnu",\n', '', /deny\.toml/],
  ['Cargo.toml', `version = "${version}"`, 'version = "9.9.9"', /Cargo\.toml: 9\.9\.9/],
  ['CHANGELOG.md', `## ${version}`, '## 9.9.9', /CHANGELOG\.md: 9\.9\.9/],
  [
    'package-lock.json',
    `"": {\n      "name": "${name}",\n      "version": "${version}"`,
    `"": {\n      "name": "${name}",\n      "version": "9.9.9"`,
    /package-lock\.json: 9\.9\.9/,
  ],
  [
    'lib/binding/index.js',
    "require('pusher-platform-native-linux-x64-musl')",
    '',
    /lib\/binding\/index\.js/,
  ],
  ['lib/binding/no_binary.js', "  'linux-x64-musl',\n", '', /lib\/binding\/no_binary\.js/],
  [
    '.github/workflows/binaries.yml',
    '- { target: x86_64-unknown-linux-musl, os: ubuntu-24.04, alpine: true }',
    '',
    /binaries\.yml/,
  ],
]) {
  it(`finds what differs in ${file}`, () => {
    const found = disagreements({ read: edited(file, from, to) });
    assert.equal(found.length, 1, found.join('\n'));
    assert.match(found[0], words);
  });
}

it('finds a tag of another version', () => {
  assert.match(disagreements({ read, tag: 'v9.9.9' }).join(), /^tag: v9\.9\.9/);
});

it('finds a platform that has no tarball', () => {
  const suffixes = read('lib/binding/no_binary.js').match(/(?<=^ {2}')[\w-]+(?=',$)/gm);
  assert.equal(suffixes.length, napi.targets.length);
  const tarballs = ['', ...suffixes.map((suffix) => `-${suffix}`)].map(
    (suffix) => `${name}${suffix}-${version}.tgz`,
  );
  assert.deepEqual(disagreements({ read, tarballs }), []);
  assert.match(disagreements({ read, tarballs: tarballs.slice(1) }).join(), /^tarballs/);
  assert.match(disagreements({ read, tarballs: tarballs.slice(0, -1) }).join(), /^tarballs/);
});

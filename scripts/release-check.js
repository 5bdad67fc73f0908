'use strict';

// Checks that every place that names the version or the platforms agrees: `node scripts/release-check.js [tag]`. With tarballs in
// artifacts/ that are about to be published, `--published` checks that the tarball of each platform is among them.

const fs = require('fs');
const path = require('path');

const { parseTriple } = require('@napi-rs/cli');

const root = path.join(__dirname, '..');
const read = (name) => fs.readFileSync(path.join(root, name), 'utf8');

/**
 * Returns the disagreements, as sentences.
 * @param {{ read: (name: string) => string, tag?: string, tarballs?: string[] }} sources
 */
function disagreements({ read, tag, tarballs }) {
  const found = [];
  const expect = (what, is, expected) => {
    if (is !== expected) {
      found.push(`${what}: ${is}, expected ${expected}`);
    }
  };
  const { name, version, napi } = JSON.parse(read('package.json'));
  const suffixes = napi.targets.map((triple) => parseTriple(triple).platformArchABI);

  expect('version in Cargo.toml', match(read('Cargo.toml'), /^version = "(.+)"/m), version);
  const locked = new RegExp(`name = "${name}"\nversion = "(.+)"`);
  expect('version in Cargo.lock', match(read('Cargo.lock'), locked), version);
  const lock = JSON.parse(read('package-lock.json'));
  expect('version in package-lock.json', lock.packages[''].version, version);
  expect('newest version in CHANGELOG.md', match(read('CHANGELOG.md'), /^## (\d\S*)/m), version);
  if (tag !== undefined) {
    expect('tag', tag, `v${version}`);
  }
  const published = match(read('lib/binding/no_binary.js'), /PUBLISHED = \[([^\]]*)\]/);
  const listed = Array.from((published || '').matchAll(/'(.+?)'/g), ([, suffix]) => suffix);
  expect('platforms in lib/binding/no_binary.js', listed.join(), suffixes.join());
  const loader = read('lib/binding/index.js').matchAll(
    /require\('pusher-platform-native-(.+?)'\)/g,
  );
  const loaded = Array.from(loader, ([, suffix]) => suffix).sort();
  expect('packages in lib/binding/index.js', loaded.join(), [...suffixes].sort().join());
  // One job builds each binary and another job tries it, both in the order of package.json.
  const workflow = read('.github/workflows/binaries.yml');
  const jobs = Array.from(workflow.matchAll(/ target: ([\w-]+),/g), ([, triple]) => triple);
  expect('platforms in binaries.yml', jobs.join(), [...napi.targets, ...napi.targets].join());

  const validated = read('.github/workflows/validate.yml').matchAll(
    / target: ([\w-]+),[^}]* package: -([\w-]+)/g,
  );
  const pairs = Array.from(validated, ([, triple, suffix]) => `${triple} ${suffix}`);
  const wanted = napi.targets.map((triple, index) => `${triple} ${suffixes[index]}`);
  expect('platforms in validate.yml', pairs.join(), wanted.join());
  const [, audited] = read('deny.toml').match(/^targets = \[([^\]]*)\]/m);
  const targets = Array.from(audited.matchAll(/"(.+?)"/g), ([, triple]) => triple);
  expect('targets in deny.toml', targets.join(), napi.targets.join());

  if (tarballs) {
    const packages = [name, ...suffixes.map((suffix) => `${name}-${suffix}`)];
    const files = packages.map((each) => `${each}-${version}.tgz`).sort();
    expect('tarballs', [...tarballs].sort().join(), files.join());
  }
  return found;
}

function match(text, pattern) {
  return text.match(pattern)?.[1];
}

function main() {
  const [, , ...args] = process.argv;
  const found = disagreements({
    read,
    tag: args.find((argument) => !argument.startsWith('--')),
    tarballs: args.includes('--published')
      ? fs.readdirSync(path.join(root, 'artifacts'))
      : undefined,
  });
  console.log(found.length === 0 ? 'Version and platforms agree everywhere.' : found.join('\n'));
  process.exitCode = found.length === 0 ? 0 : 1;
}

if (require.main === module) {
  main();
}

module.exports = { disagreements };

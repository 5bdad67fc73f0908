'use strict';

// Publishes the tarballs in artifacts/: `node scripts/publish.js [--dry-run]`. The platform packages come first, because the main
// package depends on them. If a run stops half-way, the next run publishes only what is missing.

const { execFileSync } = require('child_process');
const fs = require('fs');
const path = require('path');

const root = path.join(__dirname, '..');
const artifacts = path.join(root, 'artifacts');
const { name, version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));

const isDryRun = process.argv.includes('--dry-run');
// npm can attest the provenance of a package only if a public CI service builds it.
const provenance = process.env.GITHUB_ACTIONS ? ['--provenance'] : [];

function main() {
  authenticate();
  const ending = `-${version}.tgz`;
  const packages = fs
    .readdirSync(artifacts)
    .filter((file) => file.endsWith(ending))
    .map((file) => file.slice(0, -ending.length))
    .sort((one, other) => Number(one === name) - Number(other === name));
  if (packages.pop() !== name) {
    throw new Error(`The tarball of ${name} ${version} is missing in artifacts/`);
  }
  for (const each of [...packages, name]) {
    if (isPublished(each)) {
      console.log(`${each} ${version} is there already`);
      continue;
    }
    const tarball = path.join(artifacts, each + ending);
    const dryRun = isDryRun ? ['--dry-run'] : [];
    npm(['publish', tarball, '--access', 'public', ...provenance, ...dryRun], 'inherit');
    console.log(`${each} ${version} ${isDryRun ? 'would be' : 'is'} published`);
  }
}

/** Makes npm use the token in NPM_TOKEN for the registry that it publishes to. Trusted publishing needs no token. */
function authenticate() {
  if (process.env.NPM_TOKEN) {
    const { host, pathname } = new URL(npm(['config', 'get', 'registry'], 'pipe').trim());
    // npm expands the variable when it needs the token, so no file contains the token itself.
    npm(['config', 'set', `//${host}${pathname}:_authToken=\${NPM_TOKEN}`], 'inherit');
  }
}

function isPublished(each) {
  try {
    npm(['view', `${each}@${version}`, 'version'], 'pipe');
    return true;
  } catch (error) {
    if (/E404/.test(error.stderr)) {
      return false;
    }
    throw error;
  }
}

/** @param {string[]} args @param {'inherit' | 'pipe'} stdio */
function npm(args, stdio) {
  const shell = process.platform === 'win32';
  return execFileSync('npm', args, { encoding: 'utf8', shell, stdio });
}

main();

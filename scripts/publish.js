'use strict';

// Publishes the tarballs in artifacts/, those of the platforms first, since the main package asks for them:
// `node scripts/publish.js [--dry-run]`. Where it stopped half-way, the next run goes on with what is missing.

const { execFileSync } = require('child_process');
const fs = require('fs');
const path = require('path');

const root = path.join(__dirname, '..');
const artifacts = path.join(root, 'artifacts');
const { name, version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));

const isDryRun = process.argv.includes('--dry-run');
// npm proves where a package comes from only where a public CI builds it.
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

/** Has npm use the token in NPM_TOKEN, for the registry that it publishes to. Trusted publishing needs none. */
function authenticate() {
  if (process.env.NPM_TOKEN) {
    const { host, pathname } = new URL(npm(['config', 'get', 'registry'], 'pipe').trim());
    // npm reads the variable when it needs the token, which thus stands in no file.
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

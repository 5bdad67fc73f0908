'use strict';

// Checks every dependency against the databases of known vulnerabilities, and its licence against deny.toml: `npm run audit`,
// which requires cargo-deny. `npm run audit -- --db FOLDER` checks the crates alone, without the network: it takes the advisories
// from a clone of RustSec's advisory-db.

const { spawnSync } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');

const root = path.join(__dirname, '..');

// The name of the folder in which cargo-deny looks for https://github.com/RustSec/advisory-db: it ends in a hash of the address.
const DATABASE = 'advisory-db-3157b0e258782691';

function main() {
  const [, , option, folder] = process.argv;
  if (option !== undefined && (option !== '--db' || folder === undefined)) {
    throw new Error('Usage: npm run audit -- [--db FOLDER]');
  }
  const verdicts = option
    ? [offline(path.resolve(folder))]
    : [run('cargo', ['deny', 'check']), run('npm', ['audit', '--omit=dev'])];
  process.exitCode = verdicts.every(Boolean) ? 0 : 1;
}

/** Runs cargo-deny with the advisories in a folder, without the network. */
function offline(database) {
  if (!fs.existsSync(path.join(database, 'crates'))) {
    throw new Error(`${database} is no clone of RustSec's advisory-db: it has no folder crates`);
  }
  const stage = fs.mkdtempSync(path.join(os.tmpdir(), 'audit-'));
  try {
    fs.symlinkSync(database, path.join(stage, DATABASE), 'junction');
    const config = path.join(stage, 'deny.toml');
    const rules = fs.readFileSync(path.join(root, 'deny.toml'), 'utf8');
    const place = `[advisories]\ndb-path = ${JSON.stringify(stage)}`;
    fs.writeFileSync(config, rules.replace('[advisories]', place));
    return run('cargo', ['deny', '--offline', '--config', config, 'check']);
  } finally {
    fs.rmSync(stage, { recursive: true });
  }
}

function run(command, args) {
  console.log(`> ${[command, ...args].join(' ')}`);
  const shell = process.platform === 'win32';
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell });
  return status === 0;
}

try {
  main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 2;
}

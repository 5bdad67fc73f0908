'use strict';

// Writes what a release publishes beside its packages into release/: the checksums of the tarballs in artifacts/, and for each
// platform's tarball two lists of what it consists of, in CycloneDX's format: the crates that are linked into the binary, and the
// npm packages that an installation consists of: `node scripts/sbom.js`. Requires cargo-cyclonedx.

const { execFileSync } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');
const { pathToFileURL } = require('url');

const { packageOf, sha256 } = require('./addon');
const { install } = require('./installed');

const root = path.join(__dirname, '..');
const artifacts = path.join(root, 'artifacts');
const release = path.join(root, 'release');
const { name, version, napi } = JSON.parse(
  fs.readFileSync(path.join(root, 'package.json'), 'utf8'),
);

function main() {
  fs.rmSync(release, { recursive: true, force: true });
  fs.mkdirSync(release);
  const tarballs = fs.readdirSync(artifacts).sort();
  const sums = tarballs.map((each) => `${sha256(path.join(artifacts, each))}  ${each}\n`);
  fs.writeFileSync(path.join(release, 'SHA256SUMS'), sums.join(''));
  for (const triple of napi.targets) {
    const platform = path.basename(packageOf(triple).folder);
    if (tarballs.includes(`${platform}-${version}.tgz`)) {
      write(`${platform}.crates`, crates(triple));
      write(`${platform}.npm`, packages([name, platform]));
    }
  }
}

/** Returns the list of the crates that are linked for a target. */
function crates(triple) {
  const file = `${name}.${triple}`;
  const options = ['--format', 'json', '--target', triple, '--no-build-deps'];
  execFileSync('cargo', ['cyclonedx', ...options, '--override-filename', file], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const written = path.join(root, `${file}.json`);
  // The list names this project by its folder on the machine.
  const list = fs
    .readFileSync(written, 'utf8')
    .replaceAll(pathToFileURL(root).href, 'file:///project');
  fs.rmSync(written);
  return list;
}

/** Returns the list of the npm packages in a project that has installed some of the tarballs. */
function packages(names) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sbom-'));
  try {
    fs.writeFileSync(
      path.join(folder, 'package.json'),
      '{ "name": "installation", "version": "0.0.0" }',
    );
    const files = names.map((each) => path.join(artifacts, `${each}-${version}.tgz`));
    install(folder, files);
    const shell = process.platform === 'win32';
    const options = ['--sbom-format', 'cyclonedx', '--sbom-type', 'application'];
    const list = execFileSync('npm', ['sbom', ...options], {
      cwd: folder,
      encoding: 'utf8',
      shell,
    });
    // The list names the tarballs by their folder on the machine.
    return list.replaceAll(`file:${artifacts}/`, 'file:');
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

function write(subject, list) {
  const file = `${subject}.cdx.json`;
  fs.writeFileSync(path.join(release, file), list);
  console.log(`release/${file}: ${JSON.parse(list).components.length} components`);
}

main();

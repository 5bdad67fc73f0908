'use strict';

// Runs publint and Are The Types Wrong on the tarballs in artifacts/: `node scripts/check-tarballs.js`. CONTRIBUTING.md explains
// which findings are accepted.

const fs = require('fs');
const path = require('path');
const { pathToFileURL } = require('url');

const { installOnce } = require('./installed');

const artifacts = path.join(__dirname, '../artifacts');

const { name, version } = require('../package.json');

const MAIN = `${name}-${version}.tgz`;

const LINTERS = { publint: '0.3.25', '@arethetypeswrong/core': '0.18.5' };

// These modules have a default export next to `__esModule`: those in lib/ as the original's modules do, and index.js with all of its
// exports as the default, so that a default import works in either way.
const DEFAULT_EXPORTS = /\/(index|lib\/(authenticator|base_client|instance|sdk_info))\.js$/;

async function main() {
  const linters = path.join(installOnce('linters', LINTERS), 'node_modules');
  let isClean = true;
  for (const name of fs.readdirSync(artifacts)) {
    const tarball = new Uint8Array(fs.readFileSync(path.join(artifacts, name)));
    const found = await publint(linters, tarball);
    if (name === MAIN) {
      found.push(...(await areTheTypesWrong(linters, tarball)));
    }
    isClean = isClean && found.length === 0;
    console.log([`${found.length === 0 ? 'ok  ' : 'FAIL'} ${name}`, ...found].join('\n  '));
  }
  process.exitCode = isClean ? 0 : 1;
}

async function publint(linters, tarball) {
  const { publint } = await load(linters, 'publint/src/index-node.js');
  const { messages } = await publint({ pack: { tarball: tarball.buffer }, strict: true });
  return messages
    .filter(
      ({ code, args }) =>
        code !== 'CJS_WITH_ESMODULE_DEFAULT_EXPORT' || !DEFAULT_EXPORTS.test(args.filePath),
    )
    .map((message) => `publint: ${JSON.stringify(message)}`);
}

async function areTheTypesWrong(linters, tarball) {
  const core = await load(linters, '@arethetypeswrong/core/dist/index.js');
  const { problems } = await core.checkPackage(core.createPackageFromTarballData(tarball));
  return problems
    .filter(
      ({ kind, fileName }) => kind !== 'CJSOnlyExportsDefault' || !DEFAULT_EXPORTS.test(fileName),
    )
    .map((problem) => `attw: ${JSON.stringify(problem)}`);
}

/** Loads an ES module of the linters. */
function load(linters, file) {
  return import(pathToFileURL(path.join(linters, file)).href);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});

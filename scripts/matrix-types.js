'use strict';

// Compiles the programs of __test__/package/types with the oldest and the newest supported TypeScript compilers, module
// resolution modes and types of Node: `node scripts/matrix-types.js`. The compilers are installed into a temporary folder.

const { execFileSync } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');

const { makeProject, resolutions, sources } = require('../__test__/package/types/project');

// The module resolution modes of each compiler, and the types of Node that the compiler can read.
const compilers = [
  { typescript: '3.9', resolve: ['node10'], node: [14] },
  { typescript: '4.9', resolve: ['node10', 'node16', 'nodenext'], node: [14, 16, 18] },
  { typescript: '5.0', resolve: ['node10', 'node16', 'nodenext', 'bundler'], node: [14, 20] },
  {
    typescript: '5.9',
    resolve: ['node10', 'node16', 'nodenext', 'bundler'],
    node: [14, 18, 22, 26],
  },
  {
    typescript: '6.0',
    resolve: ['node10', 'node16', 'nodenext', 'bundler'],
    node: [14, 26],
    options: { ignoreDeprecations: '6.0' },
  },
  {
    typescript: '7.0',
    resolve: ['node16', 'nodenext', 'bundler'],
    node: [14, 16, 18, 20, 22, 24, 26],
  },
];

const programs = ['program.ts', 'original.ts', 'swap.ts', 'chatkit.ts', 'beside.ts'];

function main() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'matrix-'));
  try {
    install(folder);
    const failures = compilers.flatMap((compiler) =>
      compiler.node.flatMap((node) => compileAll(folder, compiler, node)),
    );
    console.log(failures.length === 0 ? 'All compile.' : `${failures.length} do not compile.`);
    process.exitCode = failures.length === 0 ? 0 : 1;
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** Installs every version under an alias of its own. */
function install(folder) {
  const nodes = new Set(compilers.flatMap(({ node }) => node));
  const dependencies = {};
  for (const { typescript } of compilers) {
    dependencies[`typescript-${typescript}`] = `npm:typescript@~${typescript}.0`;
  }
  for (const node of nodes) {
    dependencies[`node-${node}`] = `npm:@types/node@${node}`;
  }
  fs.writeFileSync(
    path.join(folder, 'package.json'),
    JSON.stringify({ private: true, dependencies }),
  );
  const shell = process.platform === 'win32';
  execFileSync('npm', ['install', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdio: 'inherit',
    shell,
  });
  for (const node of nodes) {
    const types = path.join(folder, `types-${node}`);
    fs.mkdirSync(types);
    fs.symlinkSync(
      path.join(folder, 'node_modules', `node-${node}`),
      path.join(types, 'node'),
      'junction',
    );
  }
}

/** Returns the combinations that do not compile. */
function compileAll(folder, { typescript, resolve, options }, node) {
  const project = makeProject({ types: path.join(folder, `types-${node}`) });
  const tsc = path.join(folder, 'node_modules', `typescript-${typescript}`, 'bin/tsc');
  // Conflicts between a compiler and older or newer types of Node are not faults of this package.
  const isOurs = (line) => /^\S/.test(line) && !line.includes(`${path.basename(folder)}/`);
  try {
    return resolve.filter((resolution) => {
      // Only these resolution modes recognize ES modules by their file names.
      const modules = ['node16', 'nodenext'].includes(resolution) ? ['module.mts'] : [];
      const lines = project
        .compile({
          tsc,
          files: sources(...programs, ...modules),
          options: { ...resolutions[resolution], ...options },
        })
        .filter(isOurs);
      const what = `TypeScript ${typescript}, @types/node ${node}, ${resolution}`;
      console.log([`${lines.length === 0 ? 'ok  ' : 'FAIL'} ${what}`, ...lines].join('\n  '));
      return lines.length > 0;
    });
  } finally {
    project.remove();
  }
}

main();

'use strict';

// Bundles a server with each bundler, as docs/installing.md describes, and runs the bundle: `node scripts/bundlers.js`, after
// `npm run pack:local`. A warning is a failure. A bundle that keeps the package external runs where the package is installed; a bundle that includes a
// copy of the addon runs in a folder where no package is installed.

const fs = require('fs');
const { createRequire } = require('module');
const path = require('path');

const { run, withProject } = require('./installed');

const PACKAGE = 'pusher-platform-native';
const EXTERNAL = new RegExp(`^${PACKAGE}`);

// Each function writes server.cjs to `folder`, and if the bundle includes the addon, also the files that server.cjs loads.
const BUNDLERS = {
  async 'esbuild, external'({ require, entry, folder }) {
    await esbuild(require, { ...esbuildOptions(entry, folder), external: [PACKAGE] });
  },
  async 'esbuild, copied'({ require, entry, folder }) {
    await esbuild(require, { ...esbuildOptions(entry, folder), loader: { '.node': 'copy' } });
  },
  'webpack, external'({ require, entry, folder }) {
    return webpack(require, {
      ...webpackOptions(entry, folder),
      externals: [EXTERNAL],
      externalsType: 'commonjs',
    });
  },
  'webpack, copied'({ require, entry, folder }) {
    return webpack(require, {
      ...webpackOptions(entry, folder),
      module: { rules: [{ test: /\.node$/, loader: 'node-loader' }] },
      ignoreWarnings: [/Can't resolve 'pusher-platform-native-/],
    });
  },
  'rollup, external'({ require, entry, folder }) {
    return rollup(require, entry, folder, [EXTERNAL]);
  },
  async 'rollup, copied'({ require, entry, folder }) {
    await rollup(require, entry, folder, [new RegExp(`^${PACKAGE}-`)]);
    const installed = Object.keys(require('./package.json').dependencies);
    const name = installed.find((each) => each.startsWith(`${PACKAGE}-`));
    const addon = path.dirname(require.resolve(`${name}/package.json`));
    fs.cpSync(addon, path.join(folder, 'node_modules', name), { recursive: true });
  },
  /** Copies the files that a program needs, as services that run functions do. */
  async '@vercel/nft, copied'({ require, entry, folder }) {
    const base = path.dirname(entry);
    const { fileList, warnings } = await require('@vercel/nft').nodeFileTrace([entry], { base });
    for (const name of fileList) {
      fs.cpSync(path.join(base, name), path.join(folder, name));
    }
    fs.writeFileSync(path.join(folder, 'server.cjs'), `import('./${path.basename(entry)}');`);
    const { optionalDependencies } = require(`${PACKAGE}/package.json`);
    const published = Object.keys(optionalDependencies).map((name) => `"${name}"`);
    const texts = Array.from(warnings, ({ message }) => message);
    silent(texts.filter((text) => !published.some((name) => text.includes(name))));
  },
};

function esbuildOptions(entry, folder) {
  return {
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    outfile: path.join(folder, 'server.cjs'),
    logLevel: 'silent',
  };
}

async function esbuild(require, options) {
  const { warnings } = await require('esbuild').build(options);
  silent(warnings.map(({ text }) => text));
}

function webpackOptions(entry, folder) {
  return {
    target: 'node',
    mode: 'production',
    entry,
    context: path.dirname(entry),
    output: { path: folder, filename: 'server.cjs' },
  };
}

async function webpack(require, options) {
  const stats = await new Promise((resolve, reject) => {
    require('webpack')(options, (error, result) => (error ? reject(error) : resolve(result)));
  });
  if (stats.hasErrors()) {
    throw new Error(stats.toString({ all: false, errors: true }));
  }
  const { warnings } = stats.toJson({ all: false, warnings: true });
  silent(warnings.map(({ message }) => message));
}

async function rollup(require, input, folder, external) {
  const commonjs = require('@rollup/plugin-commonjs');
  const { nodeResolve } = require('@rollup/plugin-node-resolve');
  const warnings = [];
  const bundle = await require('rollup').rollup({
    input,
    external,
    plugins: [nodeResolve({ preferBuiltins: true }), commonjs()],
    onwarn: ({ message }) => warnings.push(message),
  });
  silent(warnings);
  await bundle.write({ file: path.join(folder, 'server.cjs'), format: 'cjs' });
  await bundle.close();
}

/** Throws the warnings of a bundler: somebody who follows the documentation sees none. */
function silent(warnings) {
  if (warnings.length > 0) {
    throw new Error(`Warnings: ${warnings.join('\n')}`);
  }
}

function main() {
  const options = {
    packages: [
      'esbuild@0.28',
      'webpack@5',
      'node-loader@2',
      'rollup@4',
      '@rollup/plugin-commonjs@29',
      '@rollup/plugin-node-resolve@16',
      '@vercel/nft@1',
    ],
    programs: path.join(__dirname, 'bundlers'),
  };
  return withProject(options, async ({ folder, env }) => {
    fs.copyFileSync(path.join(__dirname, 'matrix/walk.js'), path.join(folder, 'walk.js'));
    const elsewhere = fs.mkdtempSync(`${folder}-bundles-`);
    let failures = 0;
    try {
      for (const name of Object.keys(BUNDLERS)) {
        for (const entry of ['entry.mjs', 'entry.cjs']) {
          const output = await attempt(name, entry, { folder, elsewhere, env });
          failures += output ? 1 : 0;
          console.log(`${output ? 'FAIL' : 'ok  '} ${name}, ${entry}${output && `\n${output}`}`);
        }
      }
    } finally {
      fs.rmSync(elsewhere, { recursive: true });
    }
    console.log(`${failures} failed.`);
    process.exitCode = failures === 0 ? 0 : 1;
  });
}

/** Returns the reason why a bundle failed, as text, or nothing if it works. */
async function attempt(name, entry, { folder, elsewhere, env }) {
  const isCopied = name.endsWith('copied');
  const place = path.join(isCopied ? elsewhere : folder, `${name} ${entry}`.replace(/\W+/g, '-'));
  fs.mkdirSync(place);
  try {
    await BUNDLERS[name]({
      require: createRequire(path.join(folder, 'package.json')),
      entry: path.join(folder, entry),
      folder: place,
    });
  } catch (error) {
    return String(error.stack);
  }
  return run(process.execPath, ['server.cjs'], { cwd: place, env });
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});

'use strict';

// Makes TypeScript projects that have our package, the original and a service SDK installed, and compiles them.

const { spawnSync } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');

const root = path.join(__dirname, '../../..');
const modules = path.join(root, 'node_modules');
const original = path.join(modules, 'platform-node-original');

/** The ways in which the imports of a program are resolved, by the name of `moduleResolution`. */
const resolutions = {
  node10: { module: 'commonjs', moduleResolution: 'node' },
  node16: { module: 'node16', moduleResolution: 'node16' },
  nodenext: { module: 'nodenext', moduleResolution: 'nodenext' },
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
};

/**
 * Makes a project in a new folder, where `platform` is the folder of the package that is installed as `@pusher/platform-node`,
 * and `types` is the folder of `@types`.
 */
function makeProject({ ours = root, platform = ours, types = path.join(modules, '@types') }) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'types-'));
  const link = (target, name) => {
    const place = path.join(folder, 'node_modules', name);
    fs.mkdirSync(path.dirname(place), { recursive: true });
    fs.symlinkSync(target, place, 'junction');
  };
  link(ours, 'pusher-platform-native');
  link(platform, '@pusher/platform-node');
  link(original, 'platform-node-original');
  link(types, '@types');
  // The SDK is copied, so that it resolves its dependencies in this project.
  const chatkit = '@pusher/chatkit-server';
  fs.cpSync(path.join(modules, chatkit), path.join(folder, 'node_modules', chatkit), {
    recursive: true,
    filter: (name) => !/\.(js|map)$/.test(name) && !name.endsWith(`${path.sep}node_modules`),
  });
  fs.writeFileSync(path.join(folder, 'package.json'), '{ "private": true }');
  return {
    folder,
    /** Compiles `files`, an object of texts by name, and returns the compiler's output lines: none if the files compile. */
    compile({ tsc = path.join(modules, 'typescript/bin/tsc'), files, options }) {
      for (const [name, text] of Object.entries(files)) {
        fs.writeFileSync(path.join(folder, name), text);
      }
      const compilerOptions = {
        target: 'es2018',
        strict: true,
        types: ['node'],
        outDir: 'out',
        ...options,
      };
      fs.writeFileSync(
        path.join(folder, 'tsconfig.json'),
        JSON.stringify({ compilerOptions, files: Object.keys(files) }),
      );
      const { stdout, stderr, status } = node(folder, [tsc, '--pretty', 'false']);
      const lines = `${stdout}${stderr}`.split('\n').filter((line) => line !== '');
      return status !== 0 && lines.length === 0 ? [`tsc ended with ${status}`] : lines;
    },
    /** Runs a compiled file, and returns its output. */
    run(name) {
      const { stdout, stderr } = node(folder, [path.join('out', name)]);
      return `${stdout}${stderr}`;
    },
    remove() {
      fs.rmSync(folder, { recursive: true });
    },
  };
}

function node(cwd, args) {
  return spawnSync(process.execPath, args, { cwd, encoding: 'utf8', timeout: 120_000 });
}

/** Returns the texts of programs in this folder, by name. */
function sources(...names) {
  return Object.fromEntries(
    names.map((name) => [name, fs.readFileSync(path.join(__dirname, name), 'utf8')]),
  );
}

module.exports = { makeProject, original, resolutions, sources };

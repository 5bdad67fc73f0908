'use strict';

// Says which addon this process loads, and whether it is the one that the build described.

const { createHash } = require('crypto');
const fs = require('fs');
const path = require('path');

/** The half of the WebAssembly module that is in JavaScript. */
const BORDER = path.join('binding', 'wasm.js');

/** Returns the addon, or the error of loading it. */
exports.examineAddon = () => {
  let native;
  try {
    native = require('../lib/binding');
  } catch (error) {
    return { error: messageOf(error) };
  }
  const file = fileOf(native);
  if (file === undefined) {
    return { error: 'This runtime does not tell from which file it has loaded the addon' };
  }
  const folder = path.dirname(file);
  const sha256 = createHash('sha256').update(fs.readFileSync(file)).digest('hex');
  const manifest = read(path.join(folder, 'package.json'));
  const build = read(path.join(folder, 'build.json'));
  return {
    file,
    package: manifest ? `${manifest.name} ${manifest.version}` : null,
    sha256,
    build,
    isAsBuilt: build ? build.sha256 === sha256 : null,
  };
};

/**
 * Returns the file of the addon, or that of the WebAssembly module in its place. The loader exports what one of them exports.
 * @param {object} native
 */
function fileOf(native) {
  const modules = Object.values(require.cache);
  const files = modules.map((module) => (module?.exports === native ? module.filename : ''));
  const found = files.find((file) => file.endsWith('.node') || file.endsWith(BORDER));
  return found?.endsWith(BORDER) ? path.join(path.dirname(found), 'core.wasm') : found;
}

/** @param {string} file */
function read(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

/** @param {any} error */
function messageOf(error) {
  return String(error?.message ?? error);
}

'use strict';

// Says which addon this process loads, and whether it is the one that the build described.

const { createHash } = require('crypto');
const fs = require('fs');
const path = require('path');

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
 * Returns the file of the module that exports the addon: the addon itself, since the loader's own file ends in `.js`.
 * @param {object} native
 */
function fileOf(native) {
  const modules = Object.values(require.cache);
  const found = modules.find((module) => module?.exports === native && isAddon(module.filename));
  return found?.filename;
}

/** @param {string} file */
function isAddon(file) {
  return file.endsWith('.node');
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

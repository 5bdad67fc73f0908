'use strict';

// Loads the addon, or says which one is missing and how to get it.

// Asked for by what starts such a build, since the module that knows takes a millisecond to load.
const SNAPSHOT = /^--(build-snapshot|experimental-sea-config|build-sea)/;

if (process.execArgv.some((option) => SNAPSHOT.test(option)) && isBuildingSnapshot()) {
  throw require('./no_binary').inSnapshot();
}

try {
  module.exports = require('../binding.js');
} catch (cause) {
  throw require('./no_binary').noBinary(cause);
}

function isBuildingSnapshot() {
  /** @type {any} */
  const { startupSnapshot } = require('v8');
  return startupSnapshot?.isBuildingSnapshot();
}

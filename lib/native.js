'use strict';

// Loads the addon, or says which one is missing and how to get it.

try {
  module.exports = require('../binding.js');
} catch (cause) {
  throw require('./no_binary').noBinary(cause);
}

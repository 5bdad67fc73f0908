'use strict';

// The limit for the size of a response's body. The running Node makes no longer string of bytes, whatever they are decoded to.

/** The size of the longest body in bytes. */
exports.longest = require('buffer').constants.MAX_STRING_LENGTH;

/** Returns Node's own error for a longer body. */
exports.tooLong = () =>
  Object.assign(
    new Error(`Cannot create a string longer than 0x${exports.longest.toString(16)} characters`),
    { code: 'ERR_STRING_TOO_LONG' },
  );

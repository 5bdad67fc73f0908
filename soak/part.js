'use strict';

// Connections are kept for later requests. The server closes them all at once where it is asked to.

const assert = require('assert');

/** Has the server close all connections. */
async function part(instance) {
  await assert.rejects(instance.request({ path: 'part/0' }), isClosed);
}

function isClosed(error) {
  return error.code === 'ECONNRESET';
}

module.exports = { isClosed, part };

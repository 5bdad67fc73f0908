'use strict';

// Empties the connection pool: a request to the path `part` makes the server close all connections at once.

const assert = require('assert');

/** Makes the server close all connections. */
async function part(instance) {
  await assert.rejects(instance.request({ path: 'part/0' }), isClosed);
}

function isClosed(error) {
  return error.code === 'ECONNRESET';
}

module.exports = { isClosed, part };

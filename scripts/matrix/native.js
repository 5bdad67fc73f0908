'use strict';

// Holds a process to native calls. It is apart from walk.js, which bundlers take into their bundles: it loads a file of the package
// that has no name there.

const assert = require('assert');
const path = require('path');

const { walk } = require('./walk');

/**
 * Checks that this process has calls sent natively, and returns the function that says why they are not.
 * @returns {Promise<() => string | undefined>}
 */
async function native() {
  // Before 15.6, Node cannot read the certificates of a program, so that calls go through its own client if there are any.
  const { env } = process;
  delete env.NODE_EXTRA_CA_CERTS;
  env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  const folder = path.dirname(require.resolve('pusher-platform-native/package.json'));
  const { reasonForNode } = require(path.join(folder, 'lib/request/choice.js'));
  assert.strictEqual(reasonForNode(), undefined);
  await walk.request(require('pusher-platform-native'));
  assert.strictEqual(reasonForNode(), undefined);
  return reasonForNode;
}

module.exports = { native };

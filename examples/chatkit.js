'use strict';

// Uses `@pusher/chatkit-server`, a service SDK that was written for the original, with this package.

// In your project, `overrides` in package.json makes the SDK use this package: see docs/installing.md. This repository also
// has the original installed, for comparison, so this code redirects the original's name to this package instead.
const Module = require('node:module');

const ours = require.resolve('pusher-platform-native');
const resolve = Module._resolveFilename;
Module._resolveFilename = function (name, ...rest) {
  return name === '@pusher/platform-node' ? ours : resolve.call(this, name, ...rest);
};

// The rest is the same as in any program that uses Chatkit.
const { default: Chatkit, ErrorResponse } = require('@pusher/chatkit-server');

const chatkit = new Chatkit({
  instanceLocator: process.env.PUSHER_LOCATOR,
  key: process.env.PUSHER_KEY,
  host: process.env.PUSHER_HOST, // Without host and port, the locator selects the cluster.
  port: Number(process.env.PUSHER_PORT),
});

async function main() {
  const { body } = chatkit.authenticate({ userId: 'ham' });
  console.log(`A token for ham, good for ${body.expires_in} seconds`);

  await chatkit.createUser({ id: 'ham', name: 'Ham Chapman' });
  const { name } = await chatkit.getUser({ id: 'ham' });
  console.log(`Created ${name}`);

  try {
    await chatkit.createUser({ id: 'ham', name: 'Another' });
  } catch (error) {
    // The SDK passes on the errors with which this package rejects.
    if (!(error instanceof ErrorResponse)) throw error;
    console.log(`Again: ${error.status} ${error.error}`);
  }
}

main();

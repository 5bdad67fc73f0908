'use strict';

// A service SDK that was written for the original, `@pusher/chatkit-server`, over this package.

// In your project `overrides` in package.json does this: see "Swap it in" in the README. Here the original is
// installed too, for comparison, so the name is led to this package by hand.
const Module = require('node:module');

const ours = require.resolve('pusher-platform-native');
const resolve = Module._resolveFilename;
Module._resolveFilename = function (name, ...rest) {
  return name === '@pusher/platform-node' ? ours : resolve.call(this, name, ...rest);
};

// From here on, as in any program with Chatkit.
const { default: Chatkit, ErrorResponse } = require('@pusher/chatkit-server');

const chatkit = new Chatkit({
  instanceLocator: process.env.PUSHER_LOCATOR,
  key: process.env.PUSHER_KEY,
  host: process.env.PUSHER_HOST, // left out, they are those of the cluster that the locator names
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
    // The SDK hands on what this package rejects with.
    if (!(error instanceof ErrorResponse)) throw error;
    console.log(`Again: ${error.status} ${error.error}`);
  }
}

main();

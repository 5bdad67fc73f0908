'use strict';

// Generates a token for one user, like the tokens of an authentication endpoint.

const { Instance, SDKInfo } = require('pusher-platform-native');

const instance = new Instance({
  locator: process.env.PUSHER_LOCATOR, // version:cluster:instance
  key: process.env.PUSHER_KEY, // The key is a secret, so it does not belong in a source file.
  serviceName: 'feeds',
  serviceVersion: 'v1',
  sdkInfo: new SDKInfo({ productName: 'my-app', version: '1.0.0' }),
});

// The token is signed locally, without a request to the platform.
const { token, expires_in } = instance.generateAccessToken({ userId: 'some-user-id' });
console.log(JSON.stringify({ token, expires_in }));

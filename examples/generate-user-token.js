'use strict';

// A token for one user, as an authentication endpoint issues it.

const { Instance, SDKInfo } = require('pusher-platform-native');

const instance = new Instance({
  locator: process.env.PUSHER_LOCATOR, // both from the dashboard;
  key: process.env.PUSHER_KEY, //        the key is a secret, so it is in no source file
  serviceName: 'feeds',
  serviceVersion: 'v1',
  sdkInfo: new SDKInfo({ productName: 'my-app', version: '1.0.0' }),
});

// Signed on this machine: nothing is sent.
const { token, expires_in } = instance.generateAccessToken({ userId: 'some-user-id' });
console.log(JSON.stringify({ token, expires_in }));

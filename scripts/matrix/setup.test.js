'use strict';

// Runs under Jest and Vitest with `pusher-platform-native/testing/node-http` as the set-up file, which sends requests through
// Node's client.

const https = require('https');

const { instanceOf } = require('./walk');

test('the set-up file has requests sent by https', async () => {
  const { request } = https;
  let count = 0;
  https.request = (...args) => {
    count += 1;
    return request(...args);
  };
  try {
    const instance = instanceOf(require('pusher-platform-native'));
    const { token: jwt } = instance.generateAccessToken({ su: true });
    const response = await instance.request({ method: 'GET', path: 'feeds/any', jwt });
    expect(response.statusCode).toBe(200);
  } finally {
    https.request = request;
  }
  expect(count).toBe(1);
});

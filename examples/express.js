'use strict';

// Runs an authentication endpoint with Express. README.md in this folder says how to run it.

const express = require('express');
const { Instance, SDKInfo } = require('pusher-platform-native');

const instance = new Instance({
  locator: process.env.PUSHER_LOCATOR, // version:cluster:instance
  key: process.env.PUSHER_KEY, // The key is a secret, so it does not belong in a source file.
  serviceName: 'feeds',
  serviceVersion: 'v1',
  sdkInfo: new SDKInfo({ productName: 'my-app', version: '1.0.0' }),
});

// This map stands for the way in which your application identifies its users: a session, a cookie, or another token.
const sessions = new Map([['session-of-zan', 'zan']]);

const app = express();

// Most clients send the grant as a form (RFC 6749), and some as JSON.
app.use(express.urlencoded({ extended: false }), express.json());

app.post('/auth', (request, response) => {
  // Identify the user first, because the token proves to the platform that the client is this user.
  const userId = sessions.get(request.get('X-Session'));
  if (userId === undefined) {
    response.status(401).json({ error: 'unauthorized', error_description: 'Log in first' });
    return;
  }
  // An unsupported grant type is not an exception, but a response like any other.
  const { status, headers, body } = instance.authenticate(request.body || {}, { userId });
  // No cache may store a token (RFC 6749, section 5.1).
  response
    .status(status)
    .set({ ...headers, 'Cache-Control': 'no-store' })
    .json(body);
});

const server = app.listen(Number(process.env.PORT || 3000), '127.0.0.1', () => {
  console.log(`Listening on http://127.0.0.1:${server.address().port}/auth`);
});

'use strict';

// An authentication endpoint with Express. See README.md in this folder for how to run it.

const express = require('express');
const { Instance, SDKInfo } = require('pusher-platform-native');

const instance = new Instance({
  locator: process.env.PUSHER_LOCATOR, // both from the dashboard;
  key: process.env.PUSHER_KEY, //        the key is a secret, so it is in no source file
  serviceName: 'feeds',
  serviceVersion: 'v1',
  sdkInfo: new SDKInfo({ productName: 'my-app', version: '1.0.0' }),
});

// Stands for whatever your application knows its users by: a session, a cookie, another token.
const sessions = new Map([['session-of-zan', 'zan']]);

const app = express();

// Clients send the grant as a form (RFC 6749); some as JSON.
app.use(express.urlencoded(), express.json());

app.post('/auth', (request, response) => {
  // First make sure who asks. The token says to the platform that this is that user.
  const userId = sessions.get(request.get('X-Session'));
  if (userId === undefined) {
    response.status(401).json({ error: 'unauthorized', error_description: 'Log in first' });
    return;
  }
  // A grant that is not supported is no exception, but an answer like any other.
  const { status, headers, body } = instance.authenticate(request.body || {}, { userId });
  // Nobody on the way may keep a token (RFC 6749, 5.1).
  response
    .status(status)
    .set({ ...headers, 'Cache-Control': 'no-store' })
    .json(body);
});

const server = app.listen(Number(process.env.PORT || 3000), '127.0.0.1', () => {
  console.log(`Listening on http://127.0.0.1:${server.address().port}/auth`);
});

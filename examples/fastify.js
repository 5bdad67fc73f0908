'use strict';

// Runs an authentication endpoint with Fastify. README.md in this folder says how to run it.

const fastify = require('fastify');
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

const app = fastify();

// Most clients send the grant as a form (RFC 6749), which Fastify does not parse by default, and some as JSON.
const form = 'application/x-www-form-urlencoded';
app.addContentTypeParser(form, { parseAs: 'string' }, async (_request, text) =>
  Object.fromEntries(new URLSearchParams(text)),
);

app.post('/auth', async (request, reply) => {
  // Identify the user first, because the token proves to the platform that the client is this user.
  const userId = sessions.get(request.headers['x-session']);
  if (userId === undefined) {
    return reply.code(401).send({ error: 'unauthorized', error_description: 'Log in first' });
  }
  // An unsupported grant type is not an exception, but a response like any other.
  const { status, headers, body } = instance.authenticate(request.body || {}, { userId });
  // No cache may store a token (RFC 6749, section 5.1).
  return reply
    .code(status)
    .headers({ ...headers, 'Cache-Control': 'no-store' })
    .send(body);
});

app.listen({ port: Number(process.env.PORT || 3000), host: '127.0.0.1' }).then((address) => {
  console.log(`Listening on ${address}/auth`);
});

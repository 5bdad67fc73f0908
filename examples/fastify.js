'use strict';

// An authentication endpoint with Fastify. See README.md in this folder for how to run it.

const fastify = require('fastify');
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

const app = fastify();

// Clients send the grant as a form (RFC 6749), which Fastify does not read by itself; some as JSON.
const form = 'application/x-www-form-urlencoded';
app.addContentTypeParser(form, { parseAs: 'string' }, async (_request, text) =>
  Object.fromEntries(new URLSearchParams(text)),
);

app.post('/auth', async (request, reply) => {
  // First make sure who asks. The token says to the platform that this is that user.
  const userId = sessions.get(request.headers['x-session']);
  if (userId === undefined) {
    return reply.code(401).send({ error: 'unauthorized', error_description: 'Log in first' });
  }
  // A grant that is not supported is no exception, but an answer like any other.
  const { status, headers, body } = instance.authenticate(request.body || {}, { userId });
  // Nobody on the way may keep a token (RFC 6749, 5.1).
  return reply
    .code(status)
    .headers({ ...headers, 'Cache-Control': 'no-store' })
    .send(body);
});

app.listen({ port: Number(process.env.PORT || 3000), host: '127.0.0.1' }).then((address) => {
  console.log(`Listening on ${address}/auth`);
});

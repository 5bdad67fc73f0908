// Runs an authentication endpoint in TypeScript that issues refresh tokens, and exchanges them for new access tokens. README.md in the
// folder above says how to run it.

import express from 'express';
import { type AuthenticatePayload, Instance, SDKInfo } from 'pusher-platform-native';

const { PUSHER_LOCATOR = '', PUSHER_KEY = '', PORT = '3000' } = process.env;

const instance = new Instance({
  locator: PUSHER_LOCATOR,
  key: PUSHER_KEY, // The key is a secret, so it does not belong in a source file.
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
  // Identify the user first: an access token proves to the platform that the client is this user, and a refresh token is only
  // exchanged for the user to whom it was issued.
  const userId = sessions.get(request.get('X-Session') ?? '');
  if (userId === undefined) {
    response.status(401).json({ error: 'unauthorized', error_description: 'Log in first' });
    return;
  }
  // `grant_type` is `client_credentials` for the first tokens, and `refresh_token` to exchange the refresh token beside it. Any
  // other grant, and a refresh token that is not valid, is not an exception, but a response like any other.
  const { grant_type = '', refresh_token }: Partial<AuthenticatePayload> = request.body ?? {};
  const payload = { grant_type, refresh_token };
  const { status, headers, body } = instance.authenticateWithRefreshToken(payload, { userId });
  // No cache may store a token (RFC 6749, section 5.1).
  response
    .status(status)
    .set({ ...headers, 'Cache-Control': 'no-store' })
    .json(body);
});

const server = app.listen(Number(PORT), '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : PORT;
  console.log(`Listening on http://127.0.0.1:${port}/auth`);
});

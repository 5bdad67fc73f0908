'use strict';

// Goes through the steps of the README and checks the result of each. demo.js runs this program with a local platform.

const assert = require('node:assert/strict');
const { inspect } = require('node:util');

const PusherPlatform = require('..');

const { PUSHER_HOST, PUSHER_PORT, PUSHER_CA, PUSHER_LOCATOR, PUSHER_KEY } = process.env;

// Without this, the exit code would be 0 even if the event loop ran empty before the last step.
process.exitCode = 1;

async function walk() {
  step('Make an Instance from a locator and a key');
  const instance = new PusherPlatform.Instance({
    locator: PUSHER_LOCATOR,
    key: PUSHER_KEY,
    serviceName: 'feeds',
    serviceVersion: 'v1',
    host: PUSHER_HOST, // Without host and port, the locator selects the cluster.
    port: Number(PUSHER_PORT),
    ca: PUSHER_CA, // Without `ca`, the certificates that Node trusts apply.
    sdkInfo: new PusherPlatform.SDKInfo({ productName: 'demo', version: '1.0.0' }),
  });
  const { id, cluster, platformVersion, keyId, serviceName, serviceVersion } = instance;
  show('instance', { id, cluster, platformVersion, keyId, serviceName, serviceVersion });
  assert.equal(`${platformVersion}:${cluster}:${id}`, PUSHER_LOCATOR);
  assert.equal(keyId, PUSHER_KEY.split(':')[0]);

  step('Authenticate a user: an access token, for your endpoint to send to the client');
  const credentials = { grant_type: 'client_credentials' };
  const user = { userId: 'zan', serviceClaims: { claim1: 'sdsdsd' } };
  const authenticated = instance.authenticate(credentials, user);
  show('response', authenticated);
  assert(authenticated instanceof PusherPlatform.AuthenticationResponse);
  assert.equal(authenticated.status, 200);
  assert.equal(authenticated.body.token_type, 'bearer');
  assert.equal(authenticated.body.expires_in, 24 * 60 * 60);
  assert.equal(authenticated.body.refresh_token, undefined);

  const claims = claimsOf(authenticated.body.access_token);
  show('claims of the access token', claims);
  assert.equal(claims.instance, id);
  assert.equal(claims.iss, `api_keys/${keyId}`);
  assert.equal(claims.sub, 'zan');
  assert.equal(claims.claim1, 'sdsdsd');
  assert.equal(claims.exp - claims.iat, authenticated.body.expires_in);

  step('The same for ten minutes only');
  const brief = instance.authenticate(credentials, { ...user, tokenExpiry: 10 * 60 });
  show('expires_in', brief.body.expires_in);
  assert.equal(brief.body.expires_in, 600);

  step('A grant type that does not exist is answered with 422, not thrown');
  const unsupported = instance.authenticate({ grant_type: 'password' }, user);
  show('response', unsupported);
  assert.equal(unsupported.status, 422);
  assert.equal(unsupported.body.error, 'token_provider/invalid_grant_type');

  step('Authenticate with a refresh token beside the access token');
  const paired = instance.authenticateWithRefreshToken(credentials, user);
  show('response', paired);
  assert.equal(paired.status, 200);
  assert.equal(claimsOf(paired.body.refresh_token).refresh, true);

  step('Later the client sends the refresh token, for a new pair');
  const refreshed = instance.authenticateWithRefreshToken(
    { grant_type: 'refresh_token', refresh_token: paired.body.refresh_token },
    user,
  );
  show('response', refreshed);
  assert.equal(refreshed.status, 200);
  assert.equal(claimsOf(refreshed.body.access_token).sub, 'zan');
  assert.equal(claimsOf(refreshed.body.refresh_token).sub, 'zan');

  step('A refresh token that this key did not sign is refused with 401');
  const forged = `${paired.body.refresh_token.split('.').slice(0, 2).join('.')}.forged`;
  const refused = instance.authenticateWithRefreshToken(
    { grant_type: 'refresh_token', refresh_token: forged },
    user,
  );
  show('response', refused);
  assert.equal(refused.status, 401);
  assert.equal(refused.body.error, 'token_provider/invalid_refresh_token');

  step('Make a token for the server itself, as a superuser');
  const { token: jwt, expires_in } = instance.generateAccessToken({ su: true });
  show('claims of the access token', claimsOf(jwt));
  assert.equal(claimsOf(jwt).su, true);
  assert.equal(expires_in, 24 * 60 * 60);

  step('POST feeds/playground: two items for a feed');
  const posted = await instance.request({
    method: 'POST',
    path: 'feeds/playground',
    headers: { 'Content-Type': 'application/json' },
    body: { items: ['test', { text: 'Grüße' }] },
    jwt,
  });
  show('statusCode', posted.statusCode);
  show('headers', posted.headers);
  const { item_ids } = await PusherPlatform.readJSON(posted);
  show('item_ids', item_ids);
  assert.equal(posted.statusCode, 200);
  assert.equal(posted.headers['content-type'], 'application/json');
  assert.equal(item_ids.length, 2);

  step('GET feeds/playground: the items are there, the newest first');
  const got = await instance.request({ method: 'GET', path: 'feeds/playground', jwt });
  const { items } = await PusherPlatform.readJSON(got);
  show('items', items);
  assert.equal(got.statusCode, 200);
  assert.deepEqual(
    items.map((item) => item.data),
    [{ text: 'Grüße' }, 'test'],
  );
  assert.deepEqual(
    items.map((item) => item.id),
    [...item_ids].reverse(),
  );

  step('A token that the platform cannot read: the request rejects with an ErrorResponse');
  const unauthorized = await errorOf(instance.request({ path: 'feeds/playground', jwt: 'none' }));
  assert.equal(unauthorized.status, 401);
  assert.equal(unauthorized.error, 'authentication/jwt/invalid');

  step('A path that the service does not have: likewise');
  const notFound = await errorOf(instance.request({ path: 'no/such/path', jwt }));
  assert.equal(notFound.status, 404);
  assert.equal(notFound.error, 'services/feeds/not_found/resource_not_found');

  console.log(`\nEach of the ${steps} steps was right.`);
  process.exitCode = 0;
}

/** Returns the ErrorResponse with which `request` rejects, and catches it as a program would. */
async function errorOf(request) {
  try {
    await request;
  } catch (error) {
    // Any other error, such as a failed connection, is not a response of the platform.
    if (!(error instanceof PusherPlatform.ErrorResponse)) throw error;
    show('status', error.status);
    show('headers', error.headers);
    show('error', error.error);
    show('error_description', error.error_description);
    show('error_uri', error.error_uri);
    assert.equal(error.headers['content-type'], 'application/json');
    assert.equal(error.error_uri, `https://docs.pusher.com/errors/${error.error}`);
    assert.notEqual(error.error_description, '');
    return error;
  }
  throw new assert.AssertionError({ message: 'The platform accepted the request' });
}

/** Returns the claims of a token without verifying its signature, which is the task of the platform. */
function claimsOf(token) {
  return JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString());
}

let steps = 0;

function step(title) {
  steps += 1;
  console.log(`\n${steps}. ${title}`);
}

function show(name, value) {
  const text = inspect(value, { depth: null, breakLength: 96 });
  console.log(`${name}: ${text}`.replace(/^/gm, '     '));
}

walk();

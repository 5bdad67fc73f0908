'use strict';

// Runs the main job in four steps, each of which throws if it fails. This file runs on every runtime, and therefore uses nothing
// that Node 14 lacks.

const assert = require('assert');
const crypto = require('crypto');

const { PUSHER_HOST, PUSHER_PORT, PUSHER_LOCATOR, PUSHER_KEY } = process.env;
const user = { userId: 'zan', serviceClaims: { claim: 'ü' } };

function instanceOf({ Instance, SDKInfo }, elsewhere = {}) {
  return new Instance({
    locator: PUSHER_LOCATOR,
    key: PUSHER_KEY,
    serviceName: 'feeds',
    serviceVersion: 'v1',
    host: PUSHER_HOST,
    port: Number(PUSHER_PORT),
    sdkInfo: new SDKInfo({ productName: 'matrix', version: '1.0.0' }),
    ...elsewhere,
  });
}

/** Returns the claims of a token after verifying that the key has signed it. */
function claimsOf(token) {
  const [header, claims, signature] = token.split('.');
  const hmac = crypto.createHmac('sha256', PUSHER_KEY.split(':')[1]);
  const expected = hmac.update(`${header}.${claims}`).digest('base64');
  const inUrl = expected.replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '');
  assert.strictEqual(signature, inUrl);
  return JSON.parse(Buffer.from(claims, 'base64').toString());
}

const walk = {
  token(platform) {
    const { token, expires_in } = instanceOf(platform).generateAccessToken(user);
    const { sub, claim, iat, exp } = claimsOf(token);
    assert.deepStrictEqual([sub, claim, exp - iat], ['zan', 'ü', expires_in]);
  },

  refresh(platform) {
    const instance = instanceOf(platform);
    const paired = instance.authenticateWithRefreshToken(
      { grant_type: 'client_credentials' },
      user,
    );
    const take = (refresh_token) =>
      instance.authenticateWithRefreshToken({ grant_type: 'refresh_token', refresh_token }, user);
    const taken = take(paired.body.refresh_token);
    assert.strictEqual(taken.status, 200);
    assert.strictEqual(claimsOf(taken.body.refresh_token).refresh, true);
    assert.strictEqual(take(`${paired.body.refresh_token}x`).status, 401);
  },

  async request(platform) {
    const instance = instanceOf(platform);
    const { token: jwt } = instance.generateAccessToken({ su: true });
    const path = `feeds/${crypto.randomBytes(8).toString('hex')}`;
    const body = { items: ['ü', 1] };
    const posted = await instance.request({ method: 'POST', path, body, jwt });
    assert.strictEqual(posted.statusCode, 200);
    assert.strictEqual(posted.headers['content-type'], 'application/json');
    const gotten = await platform.readJSON(await instance.request({ method: 'GET', path, jwt }));
    assert.deepStrictEqual(
      gotten.items.map(({ data }) => data),
      [1, 'ü'],
    );
  },

  async error(platform) {
    const instance = instanceOf(platform);
    const { token: jwt } = instance.generateAccessToken({ su: true });
    const answers = [
      [{ method: 'GET', path: 'nowhere', jwt }, 404],
      [{ method: 'GET', path: 'feeds/any' }, 401],
    ];
    for (const [options, status] of answers) {
      const error = await instance.request(options).then(
        () => assert.fail('not refused'),
        (reason) => reason,
      );
      assert(error instanceof platform.ErrorResponse, `${error}`);
      assert.strictEqual(error.status, status);
      assert(error.error_description);
    }
  },
};

/**
 * Runs all four steps.
 * @param {any} platform the package, as the program has loaded it
 */
async function all(platform) {
  walk.token(platform);
  walk.refresh(platform);
  await Promise.all([walk.request(platform), walk.error(platform)]);
}

module.exports = { walk, all, instanceOf, claimsOf };

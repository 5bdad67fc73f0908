'use strict';

// Makes JSON Web Tokens, right and wrong, and holds what ours says of them as refresh tokens to what the original says.

const crypto = require('node:crypto');
const { isDeepStrictEqual } = require('node:util');

const { outcome } = require('./outcome');
const { originalModule, ours, oursModule } = require('./packages');
const { settle } = require('./suites');

/** The second at which a token is judged unless a case says otherwise. */
const NOW = 1_700_000_000;
const SECRET = 'secret';
const USER = 'ham';
const HEADER = '{"alg":"HS256","typ":"JWT"}';

/** Claims that make a refresh token of this key and user, with more members of JSON behind them. */
const claims = (...members) =>
  `{${['"iss":"api_keys/key-id"', `"iat":${NOW}`, '"refresh":true', `"sub":"${USER}"`, ...members]}}`;

/** @param {string | Uint8Array} bytes */
const encode = (bytes) => Buffer.from(bytes).toString('base64url');

/** Signs as RFC 7515, section 5.1, has it. */
function hmac(input, secret = SECRET, bits = 256) {
  return crypto.createHmac(`sha${bits}`, secret).update(input).digest('base64url');
}

/**
 * A token of these parts, which may be text or bytes. Its signature is right for its algorithm, if that is one of HMAC, and
 * that of HS256 otherwise.
 */
function token({ header = HEADER, payload = claims(), secret = SECRET, bits } = {}) {
  const input = `${encode(header)}.${encode(payload)}`;
  const named = /"HS(256|384|512)"/.exec(Buffer.from(header).toString('latin1'));
  return `${input}.${hmac(input, secret, bits ?? named?.[1])}`;
}

/**
 * Presents `token` to an authenticator of each package, at one clock.
 *
 * @param {import('./suites').Report} report
 * @param {string} name
 * @param {unknown} token
 * @param {object} [options]
 * @param {unknown} [options.secret]
 * @param {unknown} [options.userId]
 * @param {number} [options.clock] milliseconds
 * @param {string} [options.row] what explains that ours refuses the token where the original does not
 */
function judge(report, name, token, options = {}) {
  const { secret = SECRET, userId = USER, clock = NOW * 1000, row } = options;
  const realNow = Date.now;
  Date.now = () => clock;
  try {
    const [theirs, mine] = [originalModule, oursModule].map((load) =>
      outcome(() => {
        const { default: Authenticator } = load('authenticator');
        const authenticator = new Authenticator('an-instance', 'key-id', secret);
        const payload = { grant_type: 'refresh_token', refresh_token: token };
        return authenticator.authenticateWithRefreshToken(payload, { userId });
      }),
    );
    settle(report, name, { original: theirs, ours: mine }, isRefusal(mine) ? row : undefined);
  } finally {
    Date.now = realNow;
  }
}

const REFUSAL = outcome(() => {
  const { AuthenticationResponse } = ours;
  const body = {
    error: 'token_provider/invalid_refresh_token',
    error_description: 'Refresh token is invalid',
  };
  return new AuthenticationResponse({ status: 401, body });
});

const isRefusal = (what) => isDeepStrictEqual(what, REFUSAL);

module.exports = { HEADER, NOW, SECRET, claims, encode, hmac, judge, token };

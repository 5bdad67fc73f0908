'use strict';

// Makes JSON Web Tokens, valid and invalid, and compares how ours and the original treat them as refresh tokens.

const crypto = require('node:crypto');
const { isDeepStrictEqual } = require('node:util');

const { outcome } = require('./outcome');
const { originalModule, ours, oursModule } = require('./packages');
const { settle } = require('./suites');

/** The time at which a token is verified, in seconds, unless a case specifies another. */
const NOW = 1_700_000_000;
const SECRET = 'secret';
const USER = 'ham';
const HEADER = '{"alg":"HS256","typ":"JWT"}';

/** Returns the claims of a refresh token for this key and user, followed by further JSON members. */
const claims = (...members) =>
  `{${['"iss":"api_keys/key-id"', `"iat":${NOW}`, '"refresh":true', `"sub":"${USER}"`, ...members]}}`;

/**
 * Encodes as base64url.
 * @param {string | Uint8Array} bytes
 */
const encode = (bytes) => Buffer.from(bytes).toString('base64url');

/** Signs as RFC 7515, section 5.1, specifies. */
function hmac(input, secret = SECRET, bits = 256) {
  return crypto.createHmac(`sha${bits}`, secret).update(input).digest('base64url');
}

/**
 * Returns a token of these parts, which may be text or bytes. The signature is correct for the algorithm of the header if that is
 * an HMAC algorithm, and is that of HS256 otherwise.
 */
function token({ header = HEADER, payload = claims(), secret = SECRET, bits } = {}) {
  const input = `${encode(header)}.${encode(payload)}`;
  const named = /"HS(256|384|512)"/.exec(Buffer.from(header).toString('latin1'));
  return `${input}.${hmac(input, secret, bits ?? named?.[1])}`;
}

/**
 * Presents `token` to an authenticator of each package, both at the same time.
 *
 * @param {import('./suites').Report} report
 * @param {string} name
 * @param {unknown} token
 * @param {object} [options]
 * @param {unknown} [options.secret]
 * @param {unknown} [options.userId]
 * @param {number} [options.clock] the time in milliseconds
 * @param {string} [options.row] the row that explains why ours refuses a token that the original accepts
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

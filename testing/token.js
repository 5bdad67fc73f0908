'use strict';

// Verifies access tokens as the platform does. They are JSON Web Tokens (RFC 7519), signed with the instance's key and HS256.

const crypto = require('crypto');

const { PlatformError } = require('./platform_error');

/** @typedef {{ id: string, keyId: string, keySecret: string }} InstanceKey */

/**
 * Returns the claims of the access token in an Authorization header (RFC 6750, section 2.1; RFC 7519, section 7.2).
 *
 * @param {string | undefined} authorization
 * @param {InstanceKey} instance
 * @returns {Record<string, any>}
 * @throws {PlatformError} with status 401, if the token is missing or invalid
 */
exports.claimsOf = (authorization, { id, keyId, keySecret }) => {
  if (!authorization) {
    const description = 'Expected an Authorization header with a Bearer token';
    throw new PlatformError(401, 'authentication/jwt/missing', description);
  }
  const token = /^Bearer +([\w-]+)\.([\w-]+)\.([\w-]*)$/i.exec(authorization);
  if (!token) throw invalid('Could not parse the token');
  const [, encodedHeader, encodedClaims, signature] = token;
  const header = decoded(encodedHeader);
  const claims = decoded(encodedClaims);
  if (!header || !claims) throw invalid('Could not parse the token');

  if (header.alg !== 'HS256') throw invalid('The token is not signed with HS256');
  const digest = crypto
    .createHmac('sha256', keySecret)
    .update(`${encodedHeader}.${encodedClaims}`)
    .digest('base64');
  if (!equal(signature, base64url(digest))) throw invalid('The signature of the token is wrong');
  if (claims.iss !== `api_keys/${keyId}`) throw invalid('The issuer of the token is unknown');
  if (claims.instance !== id) throw invalid('The token is for another instance');
  // This check also refuses refresh tokens, which have no expiry and do not authorize requests.
  if (typeof claims.exp !== 'number') throw invalid('The token has no expiry');
  if (claims.exp <= Date.now() / 1000) {
    throw new PlatformError(401, 'authentication/expired', 'The token has expired');
  }
  return claims;
};

/** @param {string} description */
const invalid = (description) => new PlatformError(401, 'authentication/jwt/invalid', description);

/**
 * Decodes a part of a token. Returns its JSON value, or null if the part is malformed.
 *
 * @param {string} part
 */
function decoded(part) {
  try {
    // Node's base64 decoder accepts the URL-safe alphabet too.
    return JSON.parse(Buffer.from(part, 'base64').toString());
  } catch {
    return null;
  }
}

// Converts base64 to unpadded base64url (RFC 4648, section 5). Node supports the name 'base64url' only from 14.18 on.
/** @param {string} base64 */
const base64url = (base64) => base64.replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '');

/**
 * Compares two signatures in constant time, so that the time does not reveal how much of a forged signature is right.
 *
 * @param {string} signature
 * @param {string} expected
 */
function equal(signature, expected) {
  const [left, right] = [Buffer.from(signature), Buffer.from(expected)];
  return left.length === right.length && crypto.timingSafeEqual(left, right);
}

'use strict';

// Issues tokens to users and verifies their refresh tokens.

Object.defineProperty(exports, '__esModule', /** @type {any} */ ({ __proto__: null, value: true }));

const { isSharedArrayBuffer } = require('util').types;

const { AuthenticationResponse } = require('./common.js');
const { accessClaims, mergedJson, plainJson, refreshClaims } = require('./token/claims.js');
const { hide, signerOf } = require('./instance/hidden.js');
const native = require('./binding/index.js');

/**
 * A native authenticator, with the properties from which it was created.
 * @typedef {object} Signer
 * @property {number} number the number of the native authenticator, or -1 if none has been created
 * @property {any} instanceId
 * @property {any} instanceKeyId
 * @property {any} instanceKeySecret
 */

const DEFAULT_TOKEN_EXPIRY = 24 * 60 * 60;

/**
 * @this {any}
 * @param {any} instanceId
 * @param {any} instanceKeyId
 * @param {any} instanceKeySecret
 * @param {any} [tokenExpiry]
 */
function Authenticator(instanceId, instanceKeyId, instanceKeySecret, tokenExpiry) {
  this.instanceId = instanceId;
  this.instanceKeyId = instanceKeyId;
  hide(this, 'instanceKeySecret', instanceKeySecret);
  this.tokenExpiry = tokenExpiry || DEFAULT_TOKEN_EXPIRY;
  signerOf.add(this);
}

/** @param {any} authenticatePayload @param {any} options */
Authenticator.prototype.authenticate = function (authenticatePayload, options) {
  const grantType = authenticatePayload.grant_type;
  if (grantType !== 'client_credentials') {
    return unsupported(grantType);
  }
  return this.authenticateUsingClientCredentials(options);
};

/** @param {any} authenticatePayload @param {any} options */
Authenticator.prototype.authenticateWithRefreshToken = function (authenticatePayload, options) {
  const grantType = authenticatePayload.grant_type;
  switch (grantType) {
    case 'client_credentials':
      return this.authenticateUsingClientCredentials(options, true);
    case 'refresh_token':
      return this.authenticateUsingRefreshToken(authenticatePayload.refresh_token, options);
    default:
      return unsupported(grantType);
  }
};

/** @param {any} options @param {boolean} [withRefreshToken] */
Authenticator.prototype.authenticateUsingClientCredentials = function (options, withRefreshToken) {
  const { token } = this.generateAccessToken(options);
  /** @type {any} */
  const body = {
    access_token: token,
    expires_in: options.tokenExpiry || this.tokenExpiry,
    token_type: 'bearer',
  };
  if (withRefreshToken) {
    body.refresh_token = this.generateRefreshToken(options).token;
  }
  return new AuthenticationResponse({ status: 200, body });
};

/** @param {any} oldRefreshToken @param {any} options */
Authenticator.prototype.authenticateUsingRefreshToken = function (oldRefreshToken, options) {
  const expiresIn = options.tokenExpiry || this.tokenExpiry;
  const verdict = verdictOf(this, oldRefreshToken);
  if (typeof verdict !== 'string' && Object.prototype.hasOwnProperty.call(verdict, 'refusal')) {
    return refused(401, 'token_provider/invalid_refresh_token', String(verdict.refusal));
  }
  // As in the original, the user id is compared only after the token has passed all other checks.
  if (options.userId !== (typeof verdict === 'string' ? verdict : verdict.subject)) {
    return refused(
      401,
      'token_provider/invalid_refresh_token',
      'Refresh token has an invalid user id',
    );
  }
  const { token } = this.generateAccessToken(options);
  const refreshToken = this.generateRefreshToken(options).token;
  return new AuthenticationResponse({
    status: 200,
    body: {
      access_token: token,
      token_type: 'bearer',
      expires_in: expiresIn,
      refresh_token: refreshToken,
    },
  });
};

/** @param {any} options */
Authenticator.prototype.generateAccessToken = function (options) {
  const issuedAt = seconds();
  const expiresIn = options.tokenExpiry || this.tokenExpiry;
  const token = isPlain(this)
    ? accessToken(this, issuedAt, expiresIn, options)
    : sign(this, accessClaims(this, issuedAt, expiresIn, options));
  return { token, expires_in: expiresIn };
};

/** @param {any} options */
Authenticator.prototype.generateRefreshToken = function (options) {
  const issuedAt = seconds();
  const isPlainKey = isPlain(this);
  const userId = options.userId;
  const token =
    isPlainKey &&
    Number.isSafeInteger(issuedAt) &&
    (typeof userId === 'string' || userId === undefined)
      ? refreshToken(this, issuedAt, userId)
      : sign(this, refreshClaims(this, issuedAt, userId));
  return { token };
};

/**
 * Returns whether the ids that become claims are strings. Those of an `Instance` always are.
 * @param {any} authenticator
 */
function isPlain(authenticator) {
  return (
    typeof authenticator.instanceId === 'string' && typeof authenticator.instanceKeyId === 'string'
  );
}

/** Returns the seconds since the epoch, by `Date.now`, which tests replace. */
function seconds() {
  return Math.floor(Date.now() / 1000);
}

/**
 * Returns an access token. Rust writes the claims if the options have their declared types, and they are merged in JavaScript
 * otherwise: see token/claims.js.
 * @param {any} authenticator
 * @param {number} issuedAt
 * @param {any} expiresIn
 * @param {any} options
 */
function accessToken(authenticator, issuedAt, expiresIn, options) {
  const expiresAt = issuedAt + expiresIn;
  const { userId, su, serviceClaims } = options;
  let own;
  try {
    own = serviceClaims === undefined ? undefined : { ...serviceClaims };
  } catch {
    // If a claim cannot be read, the merge throws what the original throws: it reads claims in another order than V8 spreads
    // them, and writing one of them may throw before another is read. Only a getter with state can tell that it is read twice.
    const claims = { userId, su, serviceClaims };
    return sign(authenticator, accessClaims(authenticator, issuedAt, expiresIn, claims));
  }
  const isOrdinary =
    (typeof userId === 'string' || userId === undefined) &&
    (typeof su === 'boolean' || su === undefined) &&
    Number.isSafeInteger(expiresAt);
  const json = isOrdinary && own !== undefined ? plainJson(own) : undefined;
  if (!isOrdinary || json === null) {
    const claims = { userId, su, serviceClaims: own };
    return sign(authenticator, accessClaims(authenticator, issuedAt, expiresIn, claims));
  }
  return (
    native.accessToken(signer(authenticator), issuedAt, expiresAt, userId, su, json) ||
    native.accessToken(signerAnew(authenticator), issuedAt, expiresAt, userId, su, json)
  );
}

/**
 * @param {any} authenticator
 * @param {number} issuedAt
 * @param {any} userId
 */
function refreshToken(authenticator, issuedAt, userId) {
  return (
    native.refreshToken(signer(authenticator), issuedAt, userId) ||
    native.refreshToken(signerAnew(authenticator), issuedAt, userId)
  );
}

/**
 * Returns the user to whom a refresh token was issued, or the reason why the token is refused: see `verifyRefreshToken` in
 * src/binding/authenticator.rs.
 * @param {any} authenticator
 * @param {any} token
 * @returns {string | { refusal?: string, subject?: unknown }}
 */
function verdictOf(authenticator, token) {
  const isPlainKey = isPlain(authenticator);
  let verifier;
  let now;
  try {
    verifier = isPlainKey ? signer(authenticator) : oddVerifier(authenticator);
    now = seconds();
  } catch {
    // A secret that cannot sign tokens cannot verify any either, and nor can a program's own `Date.now` that throws. The original
    // reports both in the same words.
    return { refusal: 'Refresh token is invalid' };
  }
  const verdict = native.verifyRefreshToken(verifier, token, now);
  if (verdict !== null) {
    return verdict;
  }
  verifier = isPlainKey ? signerAnew(authenticator) : oddVerifier(authenticator);
  return /** @type {any} */ (native.verifyRefreshToken(verifier, token, now));
}

/** @param {any} authenticator @param {object} claims */
function sign(authenticator, claims) {
  requireSecret(authenticator.instanceKeySecret);
  const json = mergedJson(claims);
  return native.sign(signer(authenticator), json) || native.sign(signerAnew(authenticator), json);
}

/**
 * Returns the number of the native authenticator for the current properties, which may be changed, as in the original. If the
 * environment has dropped that authenticator in the meantime, the functions that take the number return null.
 * @param {any} authenticator
 * @returns {number}
 */
function signer(authenticator) {
  const known = signerOf.get(authenticator);
  return known !== undefined && known.number >= 0 && isOf(known, authenticator)
    ? known.number
    : signerAnew(authenticator);
}

/** @param {Signer} signer @param {any} authenticator */
function isOf(signer, authenticator) {
  return (
    signer.instanceId === authenticator.instanceId &&
    signer.instanceKeyId === authenticator.instanceKeyId &&
    signer.instanceKeySecret === authenticator.instanceKeySecret
  );
}

/**
 * Creates the native authenticator for the current properties and returns its number.
 * @param {any} authenticator
 */
function signerAnew(authenticator) {
  const { instanceId, instanceKeyId, instanceKeySecret } = authenticator;
  const secret = secretBytes(instanceKeySecret);
  // If the ids are not strings, the native authenticator only signs claims that were merged in JavaScript.
  const number = isPlain(authenticator)
    ? native.authenticator(instanceId, instanceKeyId, secret)
    : native.authenticator('', '', secret);
  const known = signerOf.get(authenticator);
  if (known !== undefined && isOf(known, authenticator)) {
    known.number = number;
  } else {
    signerOf.set(authenticator, { number, instanceId, instanceKeyId, instanceKeySecret });
  }
  return number;
}

/**
 * Returns the number of a native authenticator that verifies tokens if the ids are not strings. The key's id is converted
 * as the original converts it for the issuer.
 * @param {any} authenticator
 */
function oddVerifier({ instanceKeyId, instanceKeySecret }) {
  // biome-ignore lint/style/useTemplate: a template would convert it in another way
  return native.authenticator('', '' + instanceKeyId, secretBytes(instanceKeySecret));
}

/**
 * Returns a secret in a form that the addon takes. Accepts what the original's JWT library accepts, and throws its errors.
 * @param {any} secret
 * @returns {string | Buffer}
 */
function secretBytes(secret) {
  requireSecret(secret);
  if (typeof secret === 'string') {
    return secret;
  }
  if (Buffer.isBuffer(secret)) {
    return isSharedArrayBuffer(secret.buffer) ? unsharedOf(secret) : secret;
  }
  if (secret.type === 'secret' && typeof secret.export === 'function') {
    return secret.export();
  }
  throw new TypeError('secret must be a string or bufferor a KeyObject');
}

/**
 * Returns a copy of a Buffer to whose memory other threads may write, which only JavaScript may read then. The copy does not take
 * its memory from the pool of Buffers.
 * @param {Buffer} shared
 */
function unsharedOf(shared) {
  const copy = Buffer.alloc(shared.length);
  copy.set(shared);
  return copy;
}

/** @param {any} secret */
function requireSecret(secret) {
  if (!secret) {
    throw new Error('secretOrPrivateKey must have a value');
  }
}

/** @param {any} grantType */
function unsupported(grantType) {
  return refused(
    422,
    'token_provider/invalid_grant_type',
    // Concatenated as in the original: a template literal would convert some objects in another way.
    // biome-ignore lint/style/useTemplate: a template would convert it in another way
    'The grant_type provided, ' + grantType + ', is unsupported',
  );
}

/** @param {number} status @param {string} error @param {string} description */
function refused(status, error, description) {
  return new AuthenticationResponse({ status, body: { error, error_description: description } });
}

exports.default = Authenticator;

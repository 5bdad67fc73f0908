'use strict';

// Writes the claims of tokens as JSON. Verifying and signing tokens belongs in src/token/, and the class in ../authenticator.js.
// The files here import from no other folder.
//
// Most service claims can be appended to the standard claims as they are, which Rust does. All others are merged here, as the
// original merges them. The second way is the definition, and tests hold the first to it.

// The standard claims, and names that mean something to every object: see `mergedJson`.
const RESERVED = new Set([
  ...['instance', 'iss', 'iat', 'exp', 'nbf', 'sub', 'su', 'toJSON'],
  ...Object.getOwnPropertyNames(Object.prototype),
]);

/**
 * The JSON text of service claims that override nothing, and null where only a merge gives what the original gives.
 * @param {any} claims a copy, by spreading, which reads of an object what `Object.assign` reads of it in the original
 * @returns {string | null}
 */
function plainJson(claims) {
  // The original's JWT library takes what has such a tag for no plain object.
  if ('toJSON' in claims || Symbol.toStringTag in claims) {
    return null;
  }
  for (const key in claims) {
    // Integer-like keys come first in an object, whenever they are set.
    const first = key.charCodeAt(0);
    if ((first >= 48 && first <= 57) || RESERVED.has(key)) {
      return null;
    }
  }
  try {
    return JSON.stringify(claims);
  } catch {
    // What cannot be written is left to the merge, which fails as the original does.
    return null;
  }
}

/**
 * @param {any} authenticator
 * @param {number} issuedAt
 * @param {any} expiresIn
 * @param {any} options
 */
function accessClaims(authenticator, issuedAt, expiresIn, options) {
  const standard = {
    instance: authenticator.instanceId,
    iss: issuer(authenticator),
    iat: issuedAt,
    exp: issuedAt + expiresIn,
    sub: options.userId,
    su: options.su,
  };
  return Object.assign(standard, options.serviceClaims);
}

/** @param {any} authenticator */
function issuer(authenticator) {
  // biome-ignore lint/style/useTemplate: a template would convert it in another way
  return 'api_keys/' + authenticator.instanceKeyId;
}

/** @param {any} authenticator @param {number} issuedAt @param {any} userId */
function refreshClaims(authenticator, issuedAt, userId) {
  return {
    instance: authenticator.instanceId,
    iss: issuer(authenticator),
    iat: issuedAt,
    refresh: true,
    sub: userId,
  };
}

/**
 * The JSON text of claims, checked and completed as by `jsonwebtoken` 8.5.1, `sign.js`.
 * @param {any} claims
 */
function mergedJson(claims) {
  if (!isPlainObject(claims)) {
    throw new Error('Expected "payload" to be a plain object.');
  }
  for (const key of Object.keys(claims)) {
    // Found for the names that every object inherits, too, which the original refuses by failing here.
    const validator = /** @type {any} */ (TIMES)[key];
    if (validator && !validator.isValid(claims[key])) {
      throw new Error(`"${key}" should be a number of seconds`);
    }
  }
  const payload = Object.assign({}, claims);
  payload.iat = payload.iat || Math.floor(Date.now() / 1000);
  const json = JSON.stringify(payload);
  // A `toJSON` may give nothing, which the original's encoder refuses in Node's words.
  return typeof json === 'string' ? json : Buffer.from(json, 'utf8').toString();
}

const TIMES = {
  iat: { isValid: isNumber },
  exp: { isValid: isNumber },
  nbf: { isValid: isNumber },
};

// As lodash has it, which the original's JWT library uses.
/** @param {any} value */
function isPlainObject(value) {
  if (Object.prototype.toString.call(value) !== '[object Object]') {
    return false;
  }
  if (typeof value.toString !== 'function') {
    try {
      // biome-ignore lint/style/useTemplate: a template would convert it in another way
      if (value + '') {
        return false;
      }
    } catch {
      // It has no text, and may be plain.
    }
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype === null) {
    return true;
  }
  const maker =
    Object.prototype.hasOwnProperty.call(prototype, 'constructor') && prototype.constructor;
  return (
    typeof maker === 'function' &&
    maker instanceof maker &&
    Function.prototype.toString.call(maker) === Function.prototype.toString.call(Object)
  );
}

/** @param {unknown} value */
function isNumber(value) {
  return (
    typeof value === 'number' ||
    (typeof value === 'object' && Object.prototype.toString.call(value) === '[object Number]')
  );
}

module.exports = { accessClaims, mergedJson, plainJson, refreshClaims };

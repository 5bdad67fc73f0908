'use strict';

// Writes the claims of tokens as JSON. Verifying and signing tokens belongs in src/token/, and the class in ../authenticator.js.
// The files here import from no other folder.
//
// Rust appends most service claims to the standard claims unchanged. All others are merged here, as the original merges them. The
// merge is the definition, and tests compare the results of Rust with it.

// The standard claims, and the names of properties that every object inherits: see `mergedJson`.
const RESERVED = new Set([
  ...['instance', 'iss', 'iat', 'exp', 'nbf', 'sub', 'su', 'toJSON'],
  ...Object.getOwnPropertyNames(Object.prototype),
]);

/**
 * Returns the JSON text of service claims that override no other claim, or null if only a merge has the original's result.
 * @param {any} claims a copy that was made by spreading, which reads the properties that `Object.assign` reads in the original
 * @returns {string | null}
 */
function plainJson(claims) {
  // To the original's JWT library, an object with a `Symbol.toStringTag` is not a plain object.
  if ('toJSON' in claims || Symbol.toStringTag in claims) {
    return null;
  }
  for (const key in claims) {
    // JavaScript orders integer-like keys before all others, whenever they are set.
    const first = key.charCodeAt(0);
    if ((first >= 48 && first <= 57) || RESERVED.has(key)) {
      return null;
    }
  }
  try {
    const json = JSON.stringify(claims);
    // A program may have replaced the function by one that returns something else.
    return typeof json === 'string' ? json : null;
  } catch {
    // Claims that cannot be written as JSON are left to the merge, which fails as the original does.
    return null;
  }
}

/**
 * Returns the claims of an access token, merged as the original merges them.
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
 * Returns the JSON text of claims, checked and completed as in `sign.js` of `jsonwebtoken` 8.5.1.
 * @param {any} claims
 */
function mergedJson(claims) {
  if (!isPlainObject(claims)) {
    throw new Error('Expected "payload" to be a plain object.');
  }
  for (const key of Object.keys(claims)) {
    // The lookup also finds the properties that every object inherits. The original fails here for claims of those names.
    const validator = /** @type {any} */ (TIMES)[key];
    if (validator && !validator.isValid(claims[key])) {
      throw new Error(`"${key}" should be a number of seconds`);
    }
  }
  const payload = Object.assign({}, claims);
  payload.iat = payload.iat || Math.floor(Date.now() / 1000);
  const json = JSON.stringify(payload);
  // A `toJSON` may return undefined. `Buffer.from` then throws Node's error, as it does in the original, and takes what the original
  // takes of a program's own `JSON.stringify`.
  return typeof json === 'string' ? json : Buffer.from(json, 'utf8').toString();
}

const TIMES = {
  iat: { isValid: isNumber },
  exp: { isValid: isNumber },
  nbf: { isValid: isNumber },
};

/**
 * Returns whether a value is a plain object, as lodash defines it. The original's JWT library uses lodash for this check.
 * @param {any} value
 */
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
      // A value that cannot be converted to a string may still be a plain object.
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

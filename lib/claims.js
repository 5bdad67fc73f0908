'use strict';

// The JSON of claims. Most callers' claims can be appended to the standard ones as they are, which Rust does; the rest
// are merged here as the original merged them. The second way is the definition, and tests hold the first to it.

/**
 * The JSON text of service claims that override nothing, undefined where there are none, and null where only a
 * merge gives what the original gives.
 * @param {any} claims
 * @returns {string | undefined | null}
 */
function plainJson(claims) {
  if (claims === undefined || claims === null) {
    return undefined;
  }
  return isPlain(claims) ? tryStringify(claims) : null;
}

/** @param {any} claims */
function isPlain(claims) {
  if (typeof claims !== 'object') {
    return false;
  }
  const prototype = Object.getPrototypeOf(claims);
  if (prototype !== Object.prototype && prototype !== null) {
    return false;
  }
  if (claims.toJSON !== undefined || claims[Symbol.toStringTag] !== undefined) {
    return false;
  }
  for (const key in claims) {
    if (isReserved(key)) {
      return false;
    }
  }
  return true;
}

/** @param {string} key */
function isReserved(key) {
  switch (key) {
    case 'instance':
    case 'iss':
    case 'iat':
    case 'exp':
    case 'nbf':
    case 'sub':
    case 'su':
    case 'toJSON':
    case '__proto__':
      return true;
    default: {
      // Integer-like keys come first in an object, whenever they are set.
      const first = key.charCodeAt(0);
      return first >= 48 && first <= 57;
    }
  }
}

// What cannot be stringified is left to the merge, whose error names the original's objects.
/** @param {object} claims */
function tryStringify(claims) {
  try {
    return JSON.stringify(claims);
  } catch {
    return null;
  }
}

/**
 * @param {any} authenticator
 * @param {number} issuedAt
 * @param {any} expiresAt
 * @param {any} userId
 * @param {any} su
 * @param {any} serviceClaims
 */
function accessClaims(authenticator, issuedAt, expiresAt, userId, su, serviceClaims) {
  const standard = {
    instance: authenticator.instanceId,
    iss: `api_keys/${authenticator.instanceKeyId}`,
    iat: issuedAt,
    exp: expiresAt,
    sub: userId,
    su,
  };
  return Object.assign(standard, serviceClaims);
}

/** @param {any} authenticator @param {number} issuedAt @param {any} userId */
function refreshClaims(authenticator, issuedAt, userId) {
  return {
    instance: authenticator.instanceId,
    iss: `api_keys/${authenticator.instanceKeyId}`,
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
    if ((key === 'iat' || key === 'exp' || key === 'nbf') && !isNumber(claims[key])) {
      throw new Error(`"${key}" should be a number of seconds`);
    }
  }
  const payload = Object.assign({}, claims);
  payload.iat = payload.iat || Math.floor(Date.now() / 1000);
  const json = JSON.stringify(payload);
  // A `toJSON` may give nothing, which the original's encoder refuses in Node's words.
  return typeof json === 'string' ? json : Buffer.from(json, 'utf8').toString();
}

// As lodash has it, which the original's JWT library uses.
/** @param {any} value */
function isPlainObject(value) {
  if (Object.prototype.toString.call(value) !== '[object Object]') {
    return false;
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype === null) {
    return true;
  }
  const constructor =
    Object.prototype.hasOwnProperty.call(prototype, 'constructor') && prototype.constructor;
  return (
    typeof constructor === 'function' &&
    constructor instanceof constructor &&
    Function.prototype.toString.call(constructor) === Function.prototype.toString.call(Object)
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

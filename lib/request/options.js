'use strict';

// Checks the options that the original does not have: the time limit and the retries of requests, the certificates that they
// trust, and the signal that aborts them.

const DEFAULT_LIMIT = 2;
const DEFAULT_MAX_DELAY = 30_000;
// The idempotent methods, whose requests may be sent again (RFC 9110, section 9.2.2).
const IDEMPOTENT = ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'];
// The status codes of failures that may be temporary.
const TEMPORARY = [429, 502, 503, 504];

/**
 * Returns the limits of the options after checking them. A limit that the options leave out is taken from `defaults`.
 * @param {any} options
 * @param {any} [defaults]
 * @returns {import('../../binding').Limits | undefined}
 */
exports.limitsOf = (options, defaults) => {
  const { timeout, retry } = options;
  if (timeout === undefined && retry === undefined) {
    return defaults;
  }
  return {
    timeout: timeout === undefined ? defaults?.timeout : timeoutOf(timeout),
    retry: retry === undefined ? defaults?.retry : retryOf(retry),
  };
};

/** @param {unknown} timeout */
function timeoutOf(timeout) {
  checkNumber('timeout', timeout, Number.POSITIVE_INFINITY);
  // As in Node's own timeouts, 0 means that there is no limit.
  return timeout || undefined;
}

/** @param {any} retry */
function retryOf(retry) {
  if (retry === null || retry === false) {
    return undefined;
  }
  const given = typeof retry === 'number' ? { limit: retry } : retry;
  if (typeof given !== 'object') {
    throw invalid('retry', 'a number or an object', retry);
  }
  const {
    limit = DEFAULT_LIMIT,
    methods = IDEMPOTENT,
    statusCodes = TEMPORARY,
    maxDelay = DEFAULT_MAX_DELAY,
  } = given;
  checkInteger('retry.limit', limit, 2 ** 32 - 1);
  checkNumber('retry.maxDelay', maxDelay, Number.POSITIVE_INFINITY);
  if (!Array.isArray(methods) || methods.some((method) => typeof method !== 'string')) {
    throw invalid('retry.methods', 'a list of strings', methods);
  }
  if (!Array.isArray(statusCodes)) {
    throw invalid('retry.statusCodes', 'a list of numbers', statusCodes);
  }
  for (const code of statusCodes) {
    checkInteger('retry.statusCodes', code, 999);
  }
  return limit === 0 ? undefined : { limit, methods, statusCodes, maxDelay };
}

/**
 * Returns the certificates of the `ca` option as one text in PEM, or undefined if the option is not set.
 * @param {any} ca a string, a Buffer, or a list of them
 */
exports.caOf = (ca) => {
  if (ca === undefined || ca === null) {
    return undefined;
  }
  const pem = (Array.isArray(ca) ? ca : [ca]).map((each) => {
    if (typeof each !== 'string' && !ArrayBuffer.isView(each)) {
      throw invalid('ca', 'a string, a Buffer, or a list of them', each);
    }
    return typeof each === 'string'
      ? each
      : Buffer.from(each.buffer, each.byteOffset, each.byteLength).toString();
  });
  const text = pem.join('\n');
  if (!text.includes('-----BEGIN CERTIFICATE-----')) {
    throw Object.assign(new TypeError('The "ca" option holds no certificate in PEM'), {
      code: 'ERR_INVALID_ARG_VALUE',
    });
  }
  return text;
};

/**
 * Throws unless `signal` is an AbortSignal: https://nodejs.org/api/globals.html#class-abortsignal
 * @param {any} signal
 */
exports.checkSignal = (signal) => {
  const isSignal =
    typeof signal === 'object' &&
    typeof signal.aborted === 'boolean' &&
    typeof signal.addEventListener === 'function' &&
    typeof signal.removeEventListener === 'function';
  if (!isSignal) {
    throw invalid('signal', 'an AbortSignal', signal);
  }
};

/**
 * Returns the reason of an aborted signal, or Node's own AbortError if the signal has none.
 * @param {any} signal
 */
exports.reasonOf = (signal) => {
  // Node before 17.2 does not have reasons.
  if (signal.reason !== undefined) {
    return signal.reason;
  }
  const error = new Error('This operation was aborted');
  return Object.assign(error, { name: 'AbortError', code: 'ABORT_ERR' });
};

/** @param {string} name @param {unknown} value @param {number} most */
function checkInteger(name, value, most) {
  checkNumber(name, value, most);
  if (!Number.isInteger(value)) {
    throw outOfRange(name, 'an integer', value);
  }
}

/** @param {string} name @param {unknown} value @param {number} most */
function checkNumber(name, value, most) {
  if (typeof value !== 'number') {
    throw invalid(name, 'a number', value);
  }
  if (!(value >= 0 && value <= most)) {
    throw outOfRange(
      name,
      most === Number.POSITIVE_INFINITY ? '0 or more' : `from 0 to ${most}`,
      value,
    );
  }
}

/** @param {string} name @param {string} expected @param {unknown} value */
function invalid(name, expected, value) {
  const error = new TypeError(`The "${name}" option must be ${expected}; it is ${typeof value}`);
  return Object.assign(error, { code: 'ERR_INVALID_ARG_TYPE' });
}

/** @param {string} name @param {string} expected @param {unknown} value */
function outOfRange(name, expected, value) {
  const error = new RangeError(`The "${name}" option must be ${expected}; it is ${value}`);
  return Object.assign(error, { code: 'ERR_OUT_OF_RANGE' });
}

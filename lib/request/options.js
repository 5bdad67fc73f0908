'use strict';

// Checks the options that the original had not: how long requests may take, how often they are tried, whom they trust,
// and what aborts them.

const DEFAULT_LIMIT = 2;
const DEFAULT_MAX_DELAY = 30_000;
// Those that may be repeated (RFC 9110, section 9.2.2).
const IDEMPOTENT = ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'];
// Those that say: not now.
const TEMPORARY = [429, 502, 503, 504];

/**
 * The limits that options give, checked; of each that they leave out, the default's.
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
  // As for Node's own timeouts, 0 is none.
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
 * Certificates in PEM as one text.
 * @param {any} ca a text, a Buffer, or a list of them
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
 * https://nodejs.org/api/globals.html#class-abortsignal
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

/** @param {any} signal */
exports.reasonOf = (signal) => {
  // Node has no reasons before 17.2.
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

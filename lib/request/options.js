'use strict';

// Checks the options that the original does not have: the time limit and the retries of requests, the certificates that they
// trust, and the signal that aborts them. Checks what the original would send, but nobody can mean.

const DEFAULT_LIMIT = 2;
const DEFAULT_MAX_DELAY = 30_000;
// The idempotent methods, whose requests may be sent again (RFC 9110, section 9.2.2).
const IDEMPOTENT = ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'];
// The status codes of failures that may be temporary.
const TEMPORARY = [429, 502, 503, 504];
const RETRY = ['limit', 'methods', 'statusCodes', 'maxDelay'];
// Messages show only the start of a value, as Node's own do. It ends before the content of a private key in PEM.
const LONGEST_SHOWN = 25;
// The text of a port that the original finds in its URL, or that is none at all.
const FOUND_PORT = /^[\t\r\n]*(\d+([\s/?#\\]|$)|$)/;

/**
 * Returns the limits of the options after checking them. A limit that the options leave out is taken from `defaults`.
 * @param {any} options
 * @param {any} [defaults]
 * @returns {import('../../binding').Limits | undefined}
 */
exports.limitsOf = (options, defaults) => {
  const timeout = given(options.timeout, 'timeout');
  const retry = given(options.retry, 'retry');
  if (timeout === undefined && retry === undefined) {
    return defaults;
  }
  return {
    timeout: timeout === undefined ? defaults?.timeout : timeoutOf(timeout),
    retry: retry === undefined ? defaults?.retry : retryOf(retry),
  };
};

/**
 * Returns the value of an option that the original does not have. What a program has added to all objects is no option.
 * @param {any} value
 * @param {'ca' | 'retry' | 'signal' | 'timeout'} name
 */
function given(value, name) {
  return value !== undefined && value === /** @type {any} */ (Object.prototype)[name]
    ? undefined
    : value;
}

exports.given = given;

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
  const rules = typeof retry === 'number' ? { limit: retry } : retry;
  if (typeof rules !== 'object') {
    throw invalid('retry', 'a number or an object', retry);
  }
  const unknown = Object.keys(rules).find((name) => !RETRY.includes(name));
  if (unknown !== undefined) {
    throw invalidValue(`The "retry" option has no property "${unknown}", only ${RETRY.join(', ')}`);
  }
  const {
    limit = DEFAULT_LIMIT,
    methods = IDEMPOTENT,
    statusCodes = TEMPORARY,
    maxDelay = DEFAULT_MAX_DELAY,
  } = rules;
  checkInteger('retry.limit', limit, 2 ** 32 - 1);
  checkNumber('retry.maxDelay', maxDelay, Number.POSITIVE_INFINITY);
  // The addon reads copies, since the caller's lists may have getters, and may change.
  const own = {
    limit,
    methods: /** @type {string[]} */ ([]),
    statusCodes: /** @type {number[]} */ ([]),
    maxDelay,
  };
  if (!Array.isArray(methods)) {
    throw invalid('retry.methods', 'a list of strings', methods);
  }
  for (const [index, method] of methods.entries()) {
    if (typeof method !== 'string') {
      throw invalid(`retry.methods[${index}]`, 'a string', method);
    }
    own.methods.push(method);
  }
  if (!Array.isArray(statusCodes)) {
    throw invalid('retry.statusCodes', 'a list of numbers', statusCodes);
  }
  for (const [index, code] of statusCodes.entries()) {
    checkInteger(`retry.statusCodes[${index}]`, code, 999);
    own.statusCodes.push(code);
  }
  return limit === 0 ? undefined : own;
}

/**
 * Returns the certificates of the `ca` option as one text in PEM, or undefined if the option is not set.
 * @param {any} ca a string, a Buffer, or a list of them
 */
exports.caOf = (ca) => {
  if (ca === undefined || ca === null) {
    return undefined;
  }
  const isList = Array.isArray(ca);
  if (isList && ca.length === 0) {
    throw invalidValue('The "ca" option must contain a certificate in PEM; it is an empty list');
  }
  const pem = (isList ? ca : [ca]).map((each, index) => {
    if (typeof each !== 'string' && !ArrayBuffer.isView(each)) {
      throw isList
        ? invalid(`ca[${index}]`, 'a string or a Buffer', each)
        : invalid('ca', 'a string, a Buffer, or a list of them', each);
    }
    return typeof each === 'string'
      ? each
      : Buffer.from(each.buffer, each.byteOffset, each.byteLength).toString();
  });
  const text = pem.join('\n');
  if (!text.includes('-----BEGIN CERTIFICATE-----')) {
    const hint = /^\S+\.\w+$/.test(text) ? ': pass what the file contains, not its name' : '';
    throw invalidValue(
      `The "ca" option must contain a certificate in PEM; its text is ${shown(text)}${hint}`,
    );
  }
  return text;
};

/**
 * Returns the error for a request without a path. The original requests the path `undefined` or `null`.
 * @param {undefined | null} path
 */
exports.noPath = (path) => invalid('path', 'a string', path);

/**
 * Throws if the header that was made of the option `jwt` has the text of an object.
 * @param {any} authorization
 */
exports.checkToken = (authorization) => {
  if (authorization === 'Bearer [object Object]') {
    throw invalidValue(
      'The "jwt" option must be a string; it is an object: pass the `token` that is in the result of generateAccessToken',
    );
  }
  if (authorization === 'Bearer [object Promise]') {
    throw invalidValue('The "jwt" option must be a string; it is a promise: await it');
  }
};

/**
 * Throws if a host or a port makes a URL that nobody can mean. The original looks for a host of another name, or requests the path
 * `/:abc/…` at port 443. A port that ends in a line break or begins a path is one that it finds.
 * @param {any} host
 * @param {any} port
 */
exports.checkAddress = (host, port) => {
  if (typeof host === 'string') {
    if (/^(\w+:)?\/\//.test(host)) {
      // A URL may contain a password.
      throw invalidValue('The "host" option must be a name or an IP address; it is a URL');
    }
    const [, name, digits] = /^([\w.-]+):(\d+)$/.exec(host) || [];
    if (name !== undefined) {
      throw invalidValue(
        `The "host" option must be a name or an IP address; it has a port: pass host: '${name}', port: ${digits}`,
      );
    }
  }
  if (port && !FOUND_PORT.test(port)) {
    throw invalidValue(`The "port" option must be a number from 1 to 65535; it is ${shown(port)}`);
  }
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
 * Throws if the options of a client have a signal, which would otherwise be ignored.
 * @param {any} options
 */
exports.refuseSignal = (options) => {
  const signal = given(options.signal, 'signal');
  if (signal !== undefined && signal !== null) {
    throw invalidValue(
      'The "signal" option belongs to a request, not to an instance or a BaseClient: pass it to each call of `request`',
    );
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
  const error = new TypeError(`The "${name}" option must be ${expected}; it is ${shown(value)}`);
  return Object.assign(error, { code: 'ERR_INVALID_ARG_TYPE' });
}

/** @param {string} message */
function invalidValue(message) {
  return Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG_VALUE' });
}

/** @param {string} name @param {string} expected @param {unknown} value */
function outOfRange(name, expected, value) {
  const error = new RangeError(`The "${name}" option must be ${expected}; it is ${value}`);
  return Object.assign(error, { code: 'ERR_OUT_OF_RANGE' });
}

/**
 * Returns a value as a message shows it: the start of its text, and only the class of an object with content.
 * @param {unknown} value
 */
function shown(value) {
  const options = { depth: -1, customInspect: false, breakLength: Number.POSITIVE_INFINITY };
  const [line] = require('util').inspect(value, options).split('\n');
  return line.length > LONGEST_SHOWN ? `${line.slice(0, LONGEST_SHOWN)}...` : line;
}

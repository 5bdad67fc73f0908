'use strict';

// Creates the errors of calls that received no response, with the properties and messages of Node's own errors.

const os = require('os');
const util = require('util');

/**
 * Returns the error for a failure of the native transport.
 * @param {string} json the description of the failure
 * @param {{ method: any, headers: any }} call
 */
exports.failureOf = (json, call) => {
  const failure = JSON.parse(json);
  const isInput = failure.code === 'ERR_INVALID_CHAR' || failure.code === 'ERR_INVALID_HTTP_TOKEN';
  return (isInput && inputErrorOf(call)) || errorOf(failure);
};

// A proxy of another kind, which gets a request for a tunnel that it cannot understand.
const OTHER_PROXY = /^(?!https?:)([a-z][a-z\d+.-]*):\/\//i;

/**
 * Returns the error with which a call ends, after noting in it how many attempts were made, if it was more than one, and that the
 * proxy is of a kind that is not supported.
 * @param {any} error
 * @param {any} call
 * @param {number} attempts
 */
exports.finalOf = (error, call, attempts) => {
  if (!(error instanceof Error) || !Object.isExtensible(error)) {
    return error;
  }
  if (attempts > 1) {
    Object.assign(error, { attempts });
  }
  const [, kind] = OTHER_PROXY.exec(call.input.settings.proxy) || [];
  if (kind !== undefined && error.message.startsWith('tunneling socket could not be')) {
    error.message += ` (the proxy's URL begins with ${kind}:, and only http: and https: are supported)`;
  }
  return error;
};

/** @param {any} failure @returns {any} */
function errorOf({ typeError, message, system, cause, causes, ...properties }) {
  if (causes.length > 0 && !triesAllAddresses()) {
    return errorOf(causes[0]);
  }
  let text = message;
  if (system !== null) {
    text = nameError(properties, system);
  } else if (cause !== null) {
    text += errorOf(cause).message;
  }
  const errors = causes.map(errorOf);
  const error =
    errors.length > 0
      ? Object.assign(new AggregateError(errors, text), { code: errors[0].code })
      : new (typeError ? TypeError : Error)(text);
  // Node sets the properties in this order.
  for (const name of [
    'errno',
    'code',
    'syscall',
    'hostname',
    'address',
    'port',
    'library',
    'reason',
    'host',
  ]) {
    if (properties[name] !== null) {
      Object.assign(error, { [name]: properties[name] });
    }
  }
  return error;
}

/**
 * Gives an error of the system the code and the number that the running Node has for it, and returns its message.
 * @param {any} properties
 * @param {{ number: number, details: string, text: string }} system
 */
function nameError(properties, { number, details, text }) {
  const name = properties.code || nameOf(-number);
  properties.code = name || 'UNKNOWN';
  properties.errno = name === undefined ? -number : errnoOf(name);
  return `${properties.syscall} ${properties.code}${details}${name === undefined ? `: ${text}` : ''}`;
}

/**
 * Returns the running Node's name for the number of a system error.
 * @param {number} errno
 * @returns {string | undefined}
 */
function nameOf(errno) {
  // Node before 14.17 does not have this function.
  if (util.getSystemErrorMap !== undefined) {
    return util.getSystemErrorMap().get(errno)?.[0];
  }
  const named = Object.entries(os.constants.errno).find(([, number]) => -number === errno);
  return named?.[0];
}

/**
 * Returns the running Node's number for a system error. On Windows it differs from the number that the system uses.
 * @param {string} code
 */
function errnoOf(code) {
  for (const [errno, [name]] of util.getSystemErrorMap?.() || []) {
    if (name === code) {
      return errno;
    }
  }
  const numbers = /** @type {Record<string, number>} */ (os.constants.errno);
  return numbers[code] === undefined ? null : -numbers[code];
}

/** Returns whether the running Node reports the failure of each address, as it does since it tries all addresses by default. */
function triesAllAddresses() {
  /** @type {any} */
  const { getDefaultAutoSelectFamily } = require('net');
  return getDefaultAutoSelectFamily?.();
}

/**
 * Returns the error of the running Node for a method or header that it refuses, or undefined if it refuses none. Node checks
 * both before it connects, and `createConnection` keeps it from connecting.
 * @param {{ method: any, headers: any }} call
 */
function inputErrorOf({ method, headers }) {
  const createConnection = () => {
    throw new Error('Not to be connected');
  };
  const given = Object.assign({}, headers);
  for (const name of Object.keys(given)) {
    if (given[name] === undefined) {
      delete given[name];
    }
  }
  try {
    const request = require('http').request({ method, headers: given, createConnection });
    request.on('error', () => {});
    request.destroy();
    return undefined;
  } catch (error) {
    return error;
  }
}

exports.inputErrorOf = inputErrorOf;

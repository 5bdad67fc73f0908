'use strict';

// Creates the errors of calls that received no response, with the properties and messages of Node's own errors.

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
  try {
    note(error, call, attempts);
  } catch {
    // The error may be frozen, or one whose properties throw. The failure is what matters.
  }
  return error;
};

/** @param {any} error @param {any} call @param {number} attempts */
function note(error, call, attempts) {
  // Unlike `instanceof`, this asks nothing of the program.
  if (!util.types.isNativeError(error)) {
    return;
  }
  if (attempts > 1) {
    Object.assign(error, { attempts });
  }
  const [, kind] = OTHER_PROXY.exec(call.input.settings.proxy) || [];
  if (kind !== undefined && error.message.startsWith('tunneling socket could not be')) {
    error.message += ` (the proxy's URL begins with ${kind}:, and only http: and https: are supported)`;
  }
}

/** @param {any} failure @returns {any} */
function errorOf({ typeError, message, code, number, syscall, library, reason }) {
  let [name, text] = [code, message];
  /** @type {number | null} */
  let errno = null;
  if (number !== null) {
    const known = systemErrorOf(code, number);
    [name, errno] = known || [code || 'UNKNOWN', -number];
    text = `${syscall} ${name}${known ? '' : `: ${message}`}`;
  }
  const error = new (typeError ? TypeError : Error)(text);
  // Node sets the properties in this order.
  const properties = { errno, code: name, syscall, library, reason };
  for (const [key, value] of Object.entries(properties)) {
    if (value !== null) {
      Object.assign(error, { [key]: value });
    }
  }
  return error;
}

/**
 * Returns the running Node's name and number for an error of the system. On Windows, the number differs from the system's.
 * @param {string | null} code
 * @param {number} number
 * @returns {[name: string, errno: number] | undefined}
 */
function systemErrorOf(code, number) {
  // Node before 14.17 does not have this function.
  const map = util.getSystemErrorMap?.();
  /** @type {[string, number][]} */
  const known = map
    ? [...map].map(([errno, [name]]) => [name, errno])
    : Object.entries(require('os').constants.errno).map(([name, errno]) => [name, -errno]);
  return known.find(([name, errno]) => (code === null ? errno === -number : name === code));
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

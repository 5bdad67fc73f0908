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

/** @param {any} failure @returns {any} */
function errorOf({ typeError, message, causes, certificate, ...properties }) {
  if (causes.length > 0 && !triesAllAddresses()) {
    return errorOf(causes[0]);
  }
  const error =
    causes.length > 0
      ? new AggregateError(causes.map(errorOf), message)
      : new (typeError ? TypeError : Error)(message);
  if (properties.syscall !== null && properties.errno === null) {
    properties.errno = errnoOf(properties.code);
  }
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
  return certificate === null ? error : mismatchOf(error, certificateOf(certificate));
}

/**
 * Returns the running Node's number for a system error. On Windows it differs from the number that the system uses.
 * @param {string} code
 */
function errnoOf(code) {
  // Node before 14.17 does not have this function.
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
 * Returns Node's own error for a certificate that is not valid for the host, since each version of Node prints the names
 * differently.
 * @param {any} error the error to use if Node does not return one
 * @param {any} cert the certificate, if the running Node can parse it
 */
function mismatchOf(error, cert) {
  const { checkServerIdentity } = require('tls');
  return (cert && checkServerIdentity(error.host, cert)) || Object.assign(error, { cert });
}

/**
 * Returns a certificate as `tls.TLSSocket.getPeerCertificate` does, or undefined if the running Node cannot parse it.
 * @param {string} der the certificate in DER, in base64
 */
function certificateOf(der) {
  const { X509Certificate } = require('crypto');
  // Node before 15.6 does not have this class.
  return X509Certificate && new X509Certificate(Buffer.from(der, 'base64')).toLegacyObject();
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

'use strict';

// Errors of calls that got no answer, with the properties and in the words of Node's own.

const os = require('os');
const util = require('util');

/**
 * @param {string} json what the native transport says of it
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
  // In the order in which Node sets them.
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
 * The running Node's number for an error of the system, which differs from the system's own on Windows.
 * @param {string} code
 */
function errnoOf(code) {
  // Not in Node before 14.17.
  for (const [errno, [name]] of util.getSystemErrorMap?.() || []) {
    if (name === code) {
      return errno;
    }
  }
  const numbers = /** @type {Record<string, number>} */ (os.constants.errno);
  return numbers[code] === undefined ? null : -numbers[code];
}

// Whether the running Node tells of each address of a host, as it does since it tries them all by default.
function triesAllAddresses() {
  /** @type {any} */
  const { getDefaultAutoSelectFamily } = require('net');
  return getDefaultAutoSelectFamily?.();
}

/**
 * Node's own error for a certificate that is not for the host: each version prints the names in its own way.
 * @param {any} error ours
 * @param {any} cert the certificate, where the running Node can tell of it
 */
function mismatchOf(error, cert) {
  const { checkServerIdentity } = require('tls');
  return (cert && checkServerIdentity(error.host, cert)) || Object.assign(error, { cert });
}

/** @param {string} der in base64 */
function certificateOf(der) {
  const { X509Certificate } = require('crypto');
  // As `tls.TLSSocket.getPeerCertificate` gives it, where the running Node can.
  return X509Certificate && new X509Certificate(Buffer.from(der, 'base64')).toLegacyObject();
}

/**
 * The error of the running Node for a method or header that it refuses. It checks them before it connects, which it is
 * kept from here.
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

'use strict';

// Interprets hosts and ports. Ordinary ones are passed to Rust unchanged. For the others, the legacy URL functions of the running
// Node determine what the original makes of them.

// All of `qs` would be three more files, which nothing needs.
/** @type {(value: any) => string} */
// @ts-expect-error: its typings only describe the package as a whole
const stringify = require('qs/lib/stringify.js');

// A host with a label in Punycode is not ordinary, since the label may decode to an empty string.
const ORDINARY_HOST = /^(?!.*xn--)[\w.-]+$|^[\da-f:]*:[\da-f:.]*$/i;
const ORDINARY_PORT = /^[1-9]\d{0,4}$/;
const LAST_PORT = 65535;

/**
 * Returns host and port as one string, with an IPv6 address in brackets, or undefined if one of them is not ordinary.
 * @param {any} host
 * @param {any} port
 * @returns {string | undefined}
 */
function authorityOf(host, port) {
  const isOrdinary =
    typeof host === 'string' &&
    ORDINARY_HOST.test(host) &&
    (!port || (ORDINARY_PORT.test(port) && port <= LAST_PORT));
  return isOrdinary ? joined(host, port) : undefined;
}

/** @param {string} host @param {any} port */
function joined(host, port) {
  const name = host.includes(':') ? `[${host}]` : host;
  return port ? `${name}:${port}` : name;
}

/**
 * Returns the URL that the original formats from these parts.
 * @param {any} hostname
 * @param {any} port
 * @param {string} pathname
 */
function formatted(hostname, port, pathname) {
  return require('url').format({ protocol: 'https', hostname, port, pathname });
}

/**
 * Returns the target of a formatted URL. Throws the error of the original's HTTP library or of Node if it has none.
 * @param {string} formattedUrl
 */
function parsed(formattedUrl) {
  const url = require('url');
  let target;
  try {
    target = url.parse(formattedUrl);
  } catch (error) {
    throw withoutCredentials(error);
  }
  if (!target.host || !target.hostname) {
    throw new Error(`Invalid URI "${url.format(target)}"`);
  }
  const { auth, hostname, port } = target;
  if (Number(port) > LAST_PORT) {
    // `connect` throws Node's error for this port before it connects.
    new (require('net').Socket)().connect({ port: /** @type {any} */ (port) });
  }
  return {
    authority: joined(hostname, port),
    path: target.pathname || '/',
    query: (target.search || '').slice(1),
    authorization: auth ? basic(auth) : undefined,
  };
}

/**
 * Removes the credentials of a URL from the error of a URL that cannot be parsed.
 * @param {any} error
 */
function withoutCredentials(error) {
  for (const name of ['input', 'message', 'stack']) {
    if (typeof error[name] === 'string') {
      error[name] = error[name].replace(/https:\/\/[^/]+@/g, 'https://');
    }
  }
  return error;
}

/**
 * Returns the value of an `Authorization` header, with a colon in the credentials even if there is no password.
 * @param {string} auth
 */
function basic(auth) {
  const credentials = auth.includes(':') ? auth : `${auth}:`;
  return `Basic ${Buffer.from(credentials).toString('base64')}`;
}

/**
 * Returns the query string for the option `qs`, by the libraries and options that the original's HTTP library uses.
 * @param {any} parameters
 * @param {any} useQuerystring
 */
function queryString(parameters, useQuerystring) {
  // The original's HTTP library ignores a function, which would replace a method of its request.
  if (!parameters || typeof parameters === 'function') {
    return '';
  }
  /** @type {any} */
  const copy = {};
  for (const name in parameters) {
    copy[name] = parameters[name];
  }
  if (useQuerystring) {
    // RFC 3986, section 2.2, reserves these characters, which `querystring` does not percent-encode.
    return require('querystring')
      .stringify(copy)
      .replace(/[!'()*]/g, percent);
  }
  return stringify(copy);
}

/** @param {string} character */
function percent(character) {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

module.exports = { authorityOf, formatted, parsed, queryString };

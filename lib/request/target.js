'use strict';

// Hosts and ports. Ordinary ones go to Rust as they are; of the others, the running Node's own legacy URL functions
// say what the original would make of them.

// Not what a label in Punycode says, which may be nothing.
const ORDINARY_HOST = /^(?!.*xn--)[\w.-]+$|^[\da-f:]*:[\da-f:.]*$/i;
const ORDINARY_PORT = /^[1-9]\d{0,4}$/;
const LAST_PORT = 65535;

/**
 * Host and port as one, an IPv6 address in brackets; undefined where they are not ordinary.
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
 * @param {any} hostname
 * @param {any} port
 * @param {string} pathname
 */
function formatted(hostname, port, pathname) {
  return require('url').format({ protocol: 'https', hostname, port, pathname });
}

/**
 * Where a formatted URL goes, or the error of the original's HTTP library or of Node.
 * @param {string} formattedUrl
 */
function parsed(formattedUrl) {
  const url = require('url');
  const target = url.parse(formattedUrl);
  if (!target.host || !target.hostname) {
    throw new Error(`Invalid URI "${url.format(target)}"`);
  }
  const { auth, hostname, port } = target;
  if (Number(port) > LAST_PORT) {
    // Throws, before it connects.
    new (require('net').Socket)().connect({ port: /** @type {any} */ (port) });
  }
  return {
    authority: joined(hostname, port),
    path: target.pathname || '/',
    query: (target.search || '').slice(1),
    authorization: auth ? basic(auth) : undefined,
  };
}

// With a colon even where there is no password.
/** @param {string} auth */
function basic(auth) {
  const credentials = auth.includes(':') ? auth : `${auth}:`;
  return `Basic ${Buffer.from(credentials).toString('base64')}`;
}

module.exports = { authorityOf, formatted, parsed };

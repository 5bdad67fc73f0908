'use strict';

// Determines which headers observers may see and which they may add.

// Whoever has the value of one of these headers can act as somebody else.
const SECRET = new Set(['authorization', 'proxy-authorization', 'cookie', 'set-cookie']);

// These frame the message or belong to the connection (RFC 9110, section 7.6.1; RFC 9112, section 6), and `Host` names the
// server whose certificate is requested. A listener that sets one of them would break the request that it observes.
const OF_THE_TRANSPORT = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * Returns header lines without those that contain a secret.
 * @param {string[]} lines names and values in turn
 */
exports.withoutSecrets = (lines) =>
  lines.filter((_, index) => !SECRET.has(lines[index - (index % 2)].toLowerCase()));

/**
 * Throws the error of Node's `setHeader` if the name or the value is not valid in a header.
 * @param {any} name
 * @param {any} value
 */
exports.checkHeader = (name, value) => {
  const http = require('http');
  http.validateHeaderName(name);
  http.validateHeaderValue(name, value);
};

/**
 * Returns whether a listener may add a header: not if the caller has set it, and not if it belongs to the transport.
 * @param {Set<string>} taken the names that the caller has set, in lower case
 * @param {string} name
 */
exports.mayAdd = (taken, name) => {
  const key = name.toLowerCase();
  return !taken.has(key) && !OF_THE_TRANSPORT.has(key);
};

/**
 * Adds the header of a listener to `headers`, if the listener may add it.
 * @param {Map<string, any>} headers values by name, in lower case
 * @param {Set<string>} taken the names that the caller has set, in lower case
 * @param {string} name
 * @param {any} value
 */
exports.addTo = (headers, taken, name, value) => {
  if (exports.mayAdd(taken, name)) {
    const key = name.toLowerCase();
    headers.set(key, headers.has(key) ? [headers.get(key), value].flat() : value);
  }
};

'use strict';

// What those who look on may see of headers, and what they may add.

// Their values let whoever has them act as somebody else.
const SECRET = new Set(['authorization', 'proxy-authorization', 'cookie', 'set-cookie']);

// These frame the message or belong to the connection (RFC 9110, section 7.6.1; RFC 9112, section 6), and `Host` names the
// server whose certificate is asked for. A listener that set one would break the request that it looks at.
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
 * Without those that hold a secret.
 * @param {string[]} lines names and values
 */
exports.withoutSecrets = (lines) =>
  lines.filter((_, index) => !SECRET.has(lines[index - (index % 2)].toLowerCase()));

/**
 * Throws what Node's `setHeader` throws for what no header may hold.
 * @param {any} name
 * @param {any} value
 */
exports.checkHeader = (name, value) => {
  const http = require('http');
  http.validateHeaderName(name);
  http.validateHeaderValue(name, value);
};

/**
 * Whether a listener may add a header of that name: not where the caller has set it, or where it is the transport's.
 * @param {Set<string>} taken names in lower case that the caller has set
 * @param {string} name
 */
exports.mayAdd = (taken, name) => {
  const key = name.toLowerCase();
  return !taken.has(key) && !OF_THE_TRANSPORT.has(key);
};

/**
 * Adds a header that a listener may add.
 * @param {Map<string, any>} headers by name in lower case, to which it is added
 * @param {Set<string>} taken names in lower case that its caller has set
 * @param {string} name
 * @param {any} value
 */
exports.addTo = (headers, taken, name, value) => {
  if (exports.mayAdd(taken, name)) {
    const key = name.toLowerCase();
    headers.set(key, headers.has(key) ? [headers.get(key), value].flat() : value);
  }
};

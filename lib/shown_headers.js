'use strict';

// What those who look on may see of headers, and what they may add.

// Their values let whoever has them act as somebody else.
const SECRET = new Set(['authorization', 'proxy-authorization', 'cookie', 'set-cookie']);

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
 * Adds a header, unless its caller has set one of that name.
 * @param {Map<string, any>} headers by name in lower case, to which it is added
 * @param {Set<string>} taken names in lower case that its caller has set
 * @param {string} name
 * @param {any} value
 */
exports.addTo = (headers, taken, name, value) => {
  const key = name.toLowerCase();
  if (!taken.has(key)) {
    headers.set(key, headers.has(key) ? [headers.get(key), value].flat() : value);
  }
};

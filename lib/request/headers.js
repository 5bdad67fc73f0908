'use strict';

// Collects the headers of a request, `Authorization` among them, packs them into one string for the addon, and says which of them
// observers may see, and which they may add.

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
 * Returns the headers of one call. The original writes them into the headers of the SDK, so that later calls send them, too.
 * @param {any} sdkHeaders
 * @param {any} options
 */
exports.requestHeaders = (sdkHeaders, options) => {
  const headers = Object.assign({}, sdkHeaders);
  if (options.headers) {
    for (const name in options.headers) {
      headers[name] = options.headers[name];
    }
  }
  if (options.jwt) {
    // biome-ignore lint/style/useTemplate: a template would convert it in another way
    headers.Authorization = 'Bearer ' + options.jwt;
  }
  return headers;
};

/**
 * Returns the names and values, each ended by a NUL, and the number of header lines.
 * @param {any} headers
 */
exports.packHeaders = (headers) => {
  let packed = '';
  let count = 0;
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (Array.isArray(value)) {
      return packLists(headers);
    }
    if (value !== undefined) {
      packed += `${name}\0${value}\0`;
      count += 1;
    }
  }
  return { packed, count };
};

/**
 * Packs headers of which some have a list of values. A list becomes one header line for each value. An empty list removes the
 * earlier lines whose names differ from its own name in upper and lower case alone.
 * @param {any} headers
 */
function packLists(headers) {
  /** @type {Array<[string, any]>} */
  let lines = [];
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (value === undefined) {
      continue;
    }
    if (!Array.isArray(value)) {
      lines.push([name, value]);
    } else if (value.length === 0) {
      lines = lines.filter((line) => !isReplaced(name, line));
    } else if (name.toLowerCase() === 'cookie' && value.length > 1) {
      // Node joins cookies into one line, as RFC 6265, section 5.4, requires.
      lines.push([name, value.join('; ')]);
    } else {
      lines.push(...value.map((line) => /** @type {[string, any]} */ ([name, line])));
    }
  }
  const packed = lines.map(([name, line]) => `${name}\0${line}\0`).join('');
  return { packed, count: lines.length };
}

/**
 * Returns whether an empty list under `name` removes a header line.
 * @param {string} name
 * @param {[string, any]} line
 */
function isReplaced(name, [other, value]) {
  const http = require('http');
  // Node checks a header line before a later header removes it, so that it is checked here.
  http.validateHeaderName(name);
  if (other.toLowerCase() !== name.toLowerCase()) {
    return false;
  }
  http.validateHeaderName(other);
  http.validateHeaderValue(other, value);
  return true;
}

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

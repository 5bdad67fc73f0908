'use strict';

// Packs the headers of a request for the border.

/**
 * Names and values, each ended by a NUL, and how many there are of each.
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
 * A list gives a line for each of its values. One without any takes away what the name had before in other letters.
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
      // Node joins cookies, as RFC 6265, section 5.4, asks.
      lines.push([name, value.join('; ')]);
    } else {
      lines.push(...value.map((line) => /** @type {[string, any]} */ ([name, line])));
    }
  }
  const packed = lines.map(([name, line]) => `${name}\0${line}\0`).join('');
  return { packed, count: lines.length };
}

/** @param {string} name @param {[string, any]} line */
function isReplaced(name, [other, value]) {
  const http = require('http');
  // What is taken away is checked here, as Node has checked it by then.
  http.validateHeaderName(name);
  if (other.toLowerCase() !== name.toLowerCase()) {
    return false;
  }
  http.validateHeaderName(other);
  http.validateHeaderValue(other, value);
  return true;
}

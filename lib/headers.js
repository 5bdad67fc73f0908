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
 * A list gives a line for each of its values, or none, in place of what a name had before in other letters.
 * @param {any} headers
 */
function packLists(headers) {
  /** @type {Map<string, string[]>} */
  const lines = new Map();
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (value !== undefined) {
      const values = Array.isArray(value) ? list(name, value) : [value];
      lines.set(
        name.toLowerCase(),
        values.map((line) => `${name}\0${line}\0`),
      );
    }
  }
  const packed = [...lines.values()].flat();
  return { packed: packed.join(''), count: packed.length };
}

/** @param {string} name @param {any[]} values */
function list(name, values) {
  if (values.length === 0) {
    // Nothing is sent that the transport could find fault with.
    require('http').validateHeaderName(name);
  }
  // Node joins cookies, as RFC 6265, section 5.4, asks.
  return name.toLowerCase() === 'cookie' && values.length > 1 ? [values.join('; ')] : values;
}

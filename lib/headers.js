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
      // As Node sends them: a line each, save cookies (RFC 6265, section 5.4).
      for (const line of name.toLowerCase() === 'cookie' ? [value.join('; ')] : value) {
        packed += `${name}\0${line}\0`;
        count += 1;
      }
    } else if (value !== undefined) {
      packed += `${name}\0${value}\0`;
      count += 1;
    }
  }
  return { packed, count };
};

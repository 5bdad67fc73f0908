'use strict';

// Responses as Node's own, read to their end.

const { IncomingMessage } = require('http');

/**
 * @param {any[]} parts status, reason, whether HTTP/1.0, header lines, trailer lines and body, from `index` on
 * @param {number} index
 */
exports.responseOf = (parts, index) => {
  /** @type {any} */
  const response = new IncomingMessage(/** @type {any} */ (null));
  const isOld = parts[index + 2];
  response.httpVersionMajor = 1;
  response.httpVersionMinor = isOld ? 0 : 1;
  response.httpVersion = isOld ? '1.0' : '1.1';
  addLines(response, parts[index + 3]);
  response.statusCode = parts[index];
  response.statusMessage = parts[index + 1];
  // What comes after that is a trailer.
  response.complete = true;
  addLines(response, parts[index + 4]);
  end(response);
  response.toJSON = toJSON;
  response.body = parts[index + 5];
  return response;
};

// What the original's responses write, without the request and its token.
/** @this {any} */
function toJSON() {
  return { statusCode: this.statusCode, body: this.body, headers: this.headers };
}

// Node merges duplicates by its own rules.
/** @param {any} response @param {string} packed */
function addLines(response, packed) {
  if (packed !== '') {
    const lines = packed.split('\0');
    lines.pop();
    response._addHeaderLines(lines, lines.length);
  }
}

/** @param {any} response */
function end(response) {
  response.push(null);
  response.read();
}

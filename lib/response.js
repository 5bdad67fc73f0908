'use strict';

// Responses as Node's own, read to their end.

const { IncomingMessage } = require('http');

/**
 * @param {any[]} parts status, reason, whether HTTP/1.0, header lines and body, from `index` on
 * @param {number} index
 */
exports.responseOf = (parts, index) => {
  /** @type {any} */
  const response = new IncomingMessage(/** @type {any} */ (null));
  const isOld = parts[index + 2];
  response.httpVersionMajor = 1;
  response.httpVersionMinor = isOld ? 0 : 1;
  response.httpVersion = isOld ? '1.0' : '1.1';
  const lines = parts[index + 3].split('\0');
  lines.pop();
  // Merges duplicates by the rules of the running Node.
  response._addHeaderLines(lines, lines.length);
  response.statusCode = parts[index];
  response.statusMessage = parts[index + 1];
  end(response);
  response.toJSON = toJSON;
  response.body = parts[index + 4];
  return response;
};

// What the original's responses write, without the request and its token.
/** @this {any} */
function toJSON() {
  return { statusCode: this.statusCode, body: this.body, headers: this.headers };
}

/** @param {any} response */
function end(response) {
  response.complete = true;
  response.push(null);
  response.read();
}

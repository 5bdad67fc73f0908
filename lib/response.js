'use strict';

// Responses as Node's own, read to their end.

/** @type {any} */
let IncomingMessage;

/**
 * @param {number} status
 * @param {string} head minor version of HTTP, reason, number of header parts, headers and trailers: see `Queue` in
 *   binding.d.ts
 * @param {string} body
 */
exports.responseOf = (status, head, body) => {
  // Not until a program has an answer: loading it takes longer than all the rest of this package.
  if (IncomingMessage === undefined) {
    IncomingMessage = require('http').IncomingMessage;
  }
  const response = new IncomingMessage(null);
  const parts = head.split('\0');
  const count = Number(parts[2]);
  response.httpVersionMajor = 1;
  response.httpVersionMinor = Number(parts[0]);
  response.httpVersion = `1.${parts[0]}`;
  // Node merges duplicates by its own rules.
  response._addHeaderLines(parts.slice(3, 3 + count), count);
  response.upgrade = false;
  response.statusCode = status;
  response.statusMessage = parts[1];
  // What comes after that is a trailer.
  response.complete = true;
  if (parts.length > 4 + count) {
    response._addHeaderLines(parts.slice(3 + count, -1), parts.length - 4 - count);
  }
  end(response);
  response.toJSON = toJSON;
  response.body = body;
  return response;
};

// What the original's responses write, without the request and its token.
/** @this {any} */
function toJSON() {
  return { statusCode: this.statusCode, body: this.body, headers: this.headers };
}

/**
 * Marks a response as read and closed, where reading it would cost more than all the rest.
 * @param {any} response
 */
function end(response) {
  const state = response._readableState;
  state.ended = true;
  state.endEmitted = true;
  state.destroyed = true;
  state.closed = true;
  state.closeEmitted = true;
}

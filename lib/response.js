'use strict';

// Responses as Node's own, read to their end.

/** @type {any} */
let IncomingMessage;
/** @type {any} */
let Response;

/**
 * @param {number} status
 * @param {string} head number of attempts, minor version of HTTP, reason, number of header parts, headers and trailers:
 *   see `Queue` in binding.d.ts
 * @param {string} body
 */
exports.responseOf = (status, head, body) => {
  const parts = head.split('\0');
  const count = Number(parts[3]);
  const trailers = parts.length > 5 + count ? parts.slice(4 + count, -1) : [];
  return made(status, parts[1], parts[2], parts.slice(4, 4 + count), trailers, body);
};

/**
 * @param {number} status
 * @param {number | string} minor of the version of HTTP
 * @param {string} reason
 * @param {string[]} headers names and values
 * @param {string[]} trailers likewise
 * @param {string} body
 */
function made(status, minor, reason, headers, trailers, body) {
  // Not until a program has an answer: loading it takes longer than all the rest of this package.
  if (IncomingMessage === undefined) {
    IncomingMessage = require('http').IncomingMessage;
    Response = responseClass();
  }
  const response = new Response();
  response.httpVersionMajor = 1;
  response.httpVersionMinor = Number(minor);
  response.httpVersion = `1.${minor}`;
  // Node merges duplicates by its own rules.
  response._addHeaderLines(headers, headers.length);
  response.upgrade = false;
  response.statusCode = status;
  response.statusMessage = reason;
  // What comes after that is a trailer.
  response.complete = true;
  if (trailers.length > 0) {
    response._addHeaderLines(trailers, trailers.length);
  }
  end(response);
  response.toJSON = toJSON;
  response.body = body;
  return response;
}

exports.made = made;

// Of an IncomingMessage in all but one thing: it yields what has been read of it.
function responseClass() {
  class Response extends IncomingMessage {
    constructor() {
      super(null);
    }
  }
  /** @type {any} */
  const { prototype } = Response;
  prototype[Symbol.asyncIterator] = chunks;
  // So that it shows as one.
  delete prototype.constructor;
  return Response;
}

/** @this {any} */
async function* chunks() {
  if (this.body) {
    yield Buffer.from(this.body);
  }
}

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

'use strict';

// Responses as Node's own, read to their end.

const { hide } = require('../instance/hidden');

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
  // Not until a program has an answer: loading it takes longer than all the rest of this package.
  if (IncomingMessage === undefined) {
    IncomingMessage = require('http').IncomingMessage;
    Response = responseClass();
  }
  const response = new Response();
  const parts = head.split('\0');
  const count = Number(parts[3]);
  response.httpVersionMajor = 1;
  response.httpVersionMinor = Number(parts[1]);
  response.httpVersion = `1.${parts[1]}`;
  // Node merges duplicates by its own rules.
  response._addHeaderLines(parts.slice(4, 4 + count), count);
  response.upgrade = false;
  response.statusCode = status;
  response.statusMessage = parts[2];
  // What comes after that is a trailer.
  response.complete = true;
  if (parts.length > 5 + count) {
    response._addHeaderLines(parts.slice(4 + count, -1), parts.length - 5 - count);
  }
  end(response);
  response.toJSON = toJSON;
  response.body = body;
  return response;
};

/**
 * Makes a response of Node's own client, which has been read, like those of ours.
 * @param {any} response
 * @param {string} body
 */
exports.adopt = (response, body) => {
  hide(response, Symbol.asyncIterator, chunks);
  response.toJSON = toJSON;
  response.body = body;
  return response;
};

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

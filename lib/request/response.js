'use strict';

// Creates responses of Node's own class that have been read to their end.

const { hide } = require('../instance/hidden.js');

/** The size of the longest body in bytes: the running Node makes no longer string of bytes, whatever they are decoded to. */
exports.maxBodySize = require('buffer').constants.MAX_STRING_LENGTH;

/** Returns Node's own error for a longer body. */
exports.tooLong = () => {
  const message = `Cannot create a string longer than 0x${exports.maxBodySize.toString(16)} characters`;
  return Object.assign(new Error(message), { code: 'ERR_STRING_TOO_LONG' });
};

/** @type {any} */
let Response;

/**
 * Returns the response for an outcome of the native transport.
 * @param {number} status
 * @param {string} head the number of attempts, the minor version of HTTP, the reason, the number of names and values of headers,
 *   the headers and the trailers: see `Queue` in binding.d.ts
 * @param {string} body
 */
exports.responseOf = (status, head, body) => {
  // The class is made with the first response, since nothing else needs it.
  if (Response === undefined) {
    Response = responseClass();
  }
  const response = new Response();
  const parts = head.split('\0');
  const count = Number(parts[3]);
  response.httpVersionMajor = 1;
  response.httpVersionMinor = Number(parts[1]);
  response.httpVersion = `1.${parts[1]}`;
  // Node merges duplicate headers by its own rules.
  response._addHeaderLines(parts.slice(4, 4 + count), count);
  response.upgrade = false;
  response.statusCode = status;
  response.statusMessage = parts[2];
  // Node adds the header lines of a complete message to its trailers.
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
 * Gives a response of Node's own client, which has been read, the properties of the responses of this package.
 * @param {any} response
 * @param {string} body
 */
exports.adopt = (response, body) => {
  hide(response, Symbol.asyncIterator, chunks);
  response.toJSON = toJSON;
  response.body = body;
  return response;
};

/** Returns a class that differs from IncomingMessage only in its iterator, which yields the body that has been read. */
function responseClass() {
  const IncomingMessage = /** @type {any} */ (require('http').IncomingMessage);
  class Response extends IncomingMessage {
    constructor() {
      super(/** @type {any} */ (null));
    }
  }
  /** @type {any} */
  const { prototype } = Response;
  prototype[Symbol.asyncIterator] = chunks;
  // Without a constructor of its own, a response is printed as an IncomingMessage.
  delete prototype.constructor;
  return Response;
}

/** @this {any} */
async function* chunks() {
  if (this.body) {
    yield Buffer.from(this.body);
  }
}

/**
 * Returns what the original's responses return, without the request and its token.
 * @this {any}
 */
function toJSON() {
  return { statusCode: this.statusCode, body: this.body, headers: this.headers };
}

/**
 * Marks a response as read and closed. Reading it as a stream would cost more than all the rest of its creation.
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

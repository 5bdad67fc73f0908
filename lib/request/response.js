'use strict';

// Creates responses of Node's own class that have been read to their end.

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
  const response = newResponse();
  const parts = head.split('\0');
  const count = Number(parts[3]);
  response.httpVersionMajor = 1;
  response.httpVersionMinor = Number(parts[1]);
  response.httpVersion = `1.${parts[1]}`;
  response.statusCode = status;
  response.statusMessage = parts[2];
  const trailers = parts.length > 5 + count ? parts.slice(4 + count, -1) : [];
  return complete(response, parts.slice(4, 4 + count), trailers, body);
};

/**
 * Returns the response for a message that Node's own client has read. The message itself refers to its request, and so to the token.
 * @param {any} message
 * @param {string} body
 */
exports.copyOf = (message, body) => {
  const response = newResponse();
  response.httpVersionMajor = message.httpVersionMajor;
  response.httpVersionMinor = message.httpVersionMinor;
  response.httpVersion = message.httpVersion;
  response.statusCode = message.statusCode;
  response.statusMessage = message.statusMessage;
  complete(response, message.rawHeaders, message.rawTrailers, body);
  // Those of an interceptor may differ from its header lines.
  response.headers = message.headers;
  return response;
};

function newResponse() {
  // The class is made with the first response, since nothing else needs it.
  if (Response === undefined) {
    Response = responseClass();
  }
  return new Response();
}

/**
 * Adds header lines and the body to a response, and marks it as read.
 * @param {any} response
 * @param {string[]} headers
 * @param {string[]} trailers
 * @param {string} body
 */
function complete(response, headers, trailers, body) {
  // Node merges duplicate headers by its own rules.
  response._addHeaderLines(headers, headers.length);
  response.upgrade = false;
  // Node adds the header lines of a complete message to its trailers.
  response.complete = true;
  if (trailers.length > 0) {
    response._addHeaderLines(trailers, trailers.length);
  }
  end(response);
  response.toJSON = toJSON;
  response.body = body;
  return response;
}

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

'use strict';

// Defines the two classes of the original whose objects callers receive as results and errors.

Object.defineProperty(exports, '__esModule', /** @type {any} */ ({ __proto__: null, value: true }));

const { hide, received } = require('./instance/hidden.js');
const { textOf } = require('./text.js');

/** @this {any} @param {any} options */
function AuthenticationResponse(options) {
  this.status = options.status;
  this.headers = options.headers || {};
  this.body = options.body;
}

// The original's documentation describes these properties, but its objects do not have them.
for (const name of ['access_token', 'token_type', 'expires_in', 'refresh_token']) {
  view(AuthenticationResponse, name, (response) => response.body?.[name]);
}

/** @this {any} @param {any} options */
function ErrorResponse(options) {
  this.status = options.status;
  this.headers = options.headers || {};
  this.error = options.error;
  this.error_description = options.error_description;
  this.error_uri = options.error_uri;
  // Node prints a rejection that nobody handles by the `stack` of the reason, if the reason has a property of this name itself.
  // It is read when it is wanted: a subclass may not have what its text is made of before its own constructor has run.
  Object.defineProperty(this, 'stack', STACK);
}

view(ErrorResponse, 'name', () => 'ErrorResponse');
view(ErrorResponse, 'message', ({ error, error_description: description, error_uri: uri }) =>
  [error && textOf(error), description && `: ${textOf(description)}`, uri && ` (${textOf(uri)})`]
    .filter(Boolean)
    .join(''),
);
for (const name of ['method', 'path', 'attempts', 'body']) {
  view(ErrorResponse, name, (error) => received.get(error)?.[name]);
}
for (const name of ['toString', Symbol.for('nodejs.util.inspect.custom')]) {
  hide(ErrorResponse.prototype, name, inOneLine);
}

/** The line that stands for the object, until a `stack` is assigned. */
const STACK = accessor('stack', (error) => inOneLine.call(error));

/** @this {any} */
function inOneLine() {
  return `${textOf(this.name)} ${textOf(this.status)} ${textOf(this.message)}${requestOf(this)}`;
}

/** Returns to which request an error is the response, where it is known. @param {any} error */
function requestOf({ method, path, attempts }) {
  if (typeof method !== 'string' || typeof path !== 'string') {
    return '';
  }
  return `, in response to ${method} ${path}${attempts > 1 ? ` (${attempts} attempts)` : ''}`;
}

/**
 * Defines a property on the prototype of a class that shows a part of the object.
 * @param {Function} type
 * @param {string} name
 * @param {(object: any) => unknown} read
 */
function view(type, name, read) {
  Object.defineProperty(type.prototype, name, accessor(name, read));
}

/**
 * Returns a property that shows a part of its object until it is assigned. It is not enumerable before that.
 * @param {string} name
 * @param {(object: any) => unknown} read
 * @returns {PropertyDescriptor}
 */
function accessor(name, read) {
  // Descriptors inherit nothing, since a program may have added a `value` to all objects.
  return /** @type {any} */ ({
    __proto__: null,
    get() {
      return read(this);
    },
    set(/** @type {any} */ value) {
      const own = { __proto__: null, value, writable: true, enumerable: true, configurable: true };
      Object.defineProperty(this, name, own);
    },
    configurable: true,
  });
}

exports.AuthenticationResponse = AuthenticationResponse;
exports.ErrorResponse = ErrorResponse;

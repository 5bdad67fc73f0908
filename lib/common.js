'use strict';

// The two answers that callers see, as the original shapes them.

Object.defineProperty(exports, '__esModule', { value: true });

/** @this {any} @param {any} options */
function AuthenticationResponse(options) {
  this.status = options.status;
  this.headers = options.headers || {};
  this.body = options.body;
}

/** @this {any} @param {any} options */
function ErrorResponse(options) {
  this.status = options.status;
  this.headers = options.headers || {};
  this.error = options.error;
  this.error_description = options.error_description;
  this.error_uri = options.error_uri;
}

exports.AuthenticationResponse = AuthenticationResponse;
exports.ErrorResponse = ErrorResponse;

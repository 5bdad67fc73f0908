'use strict';

// Defines the error responses of the platform, each with a status and a body of three fields.

exports.PlatformError = class PlatformError extends Error {
  /** @param {number} status @param {string} error @param {string} description */
  constructor(status, error, description) {
    super(description);
    this.status = status;
    this.error = error;
  }

  /** @returns {import('.').PlatformResponse} */
  get answer() {
    return {
      status: this.status,
      // A 401 response names the expected scheme (RFC 9110, section 15.5.2).
      headers: this.status === 401 ? { 'WWW-Authenticate': 'Bearer' } : {},
      body: {
        error: this.error,
        error_description: this.message,
        error_uri: `https://docs.pusher.com/errors/${this.error}`,
      },
    };
  }
};

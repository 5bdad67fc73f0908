'use strict';

// What the platform says no with: a status, and a body of three fields.

exports.PlatformError = class PlatformError extends Error {
  /** @param {number} status @param {string} error @param {string} description */
  constructor(status, error, description) {
    super(description);
    this.status = status;
    this.error = error;
  }

  /** @returns {import('.').Answer} */
  get answer() {
    return {
      status: this.status,
      // RFC 9110, 15.5.2: a 401 names the scheme that it expects.
      headers: this.status === 401 ? { 'WWW-Authenticate': 'Bearer' } : {},
      body: {
        error: this.error,
        error_description: this.message,
        error_uri: `https://docs.pusher.com/errors/${this.error}`,
      },
    };
  }
};

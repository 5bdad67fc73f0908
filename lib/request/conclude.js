'use strict';

// Settles a call by its response, whichever client has sent its requests.

const { ErrorResponse } = require('../common.js');

/**
 * Settles a call by its response, as the original does.
 * @param {Pick<import('./transport').Call, 'resolve' | 'reject' | 'record'>} call
 * @param {any} response
 */
exports.conclude = (call, response) => {
  const status = response.statusCode;
  call.record?.responded(response);
  if (status >= 200 && status <= 299) {
    call.resolve(response);
  } else if (status >= 300 && status <= 399) {
    call.reject(new Error(`Unsupported Redirect Response: ${status}`));
  } else if (status >= 400 && status <= 599) {
    call.reject(platformError(response));
  } else {
    call.reject(new Error(`Unsupported Response Code: ${status}`));
  }
};

/** @param {any} response */
function platformError({ statusCode: status, headers, body }) {
  let parsed = null;
  try {
    parsed = JSON.parse(body);
  } catch {
    // The code below also handles a body of `null`, which has no members.
  }
  if (parsed === null) {
    return new ErrorResponse({
      error: 'Something went wrong, but could not parse the response',
      error_description: '',
      headers,
      status,
    });
  }
  const { error, error_description, error_uri } = parsed;
  return new ErrorResponse({ error, error_description, error_uri, headers, status });
}

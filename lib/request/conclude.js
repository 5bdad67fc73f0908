'use strict';

// Settles a call by its response, whichever client has sent its requests.

const { ErrorResponse } = require('../common');
const { hide } = require('../instance/hidden');

// The most that is kept of a body that is not JSON, in characters.
const LONGEST_BODY = 64 * 1024;
// Headers of a request whose values are credentials. A server may show them in a body that is meant for its operators.
const CREDENTIALS = /^(authorization|proxy-authorization|cookie)$/i;
const SHORTEST_CREDENTIAL = 8;

/**
 * Settles a call by its response, as the original does.
 * @param {any} call
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
    call.reject(located(platformError(response, call), call));
  } else {
    call.reject(new Error(`Unsupported Response Code: ${status}`));
  }
};

/** @param {any} response @param {any} call */
function platformError({ statusCode: status, headers, body }, call) {
  let parsed = null;
  try {
    parsed = JSON.parse(body);
  } catch {
    // The code below also handles a body of `null`, which has no members.
  }
  if (parsed === null) {
    const error = new ErrorResponse({
      error: 'Something went wrong, but could not parse the response',
      error_description: '',
      headers,
      status,
    });
    hide(error, 'body', withoutCredentials(body.slice(0, 2 * LONGEST_BODY), call.headers));
    return error;
  }
  const { error, error_description, error_uri } = parsed;
  return new ErrorResponse({ error, error_description, error_uri, headers, status });
}

/**
 * Returns the start of a text, without what a request has sent as credentials.
 * @param {string} text
 * @param {any} headers
 */
function withoutCredentials(text, headers) {
  const secrets = Object.keys(headers)
    .filter((name) => CREDENTIALS.test(name))
    .flatMap((name) => String(headers[name]).split(/[\s;,]+/))
    .filter(({ length }) => length >= SHORTEST_CREDENTIAL);
  const shown = secrets.reduce((rest, secret) => rest.split(secret).join('***'), text);
  return shown.slice(0, LONGEST_BODY);
}

/**
 * Adds to an error which request it belongs to. As in the original, the error has no more properties that can be enumerated.
 * @param {any} error
 * @param {any} call
 */
function located(error, { method, input, attempts }) {
  hide(error, 'method', method.toUpperCase());
  // What follows the path, such as a query string, may be a credential.
  hide(error, 'path', input.path.split(/[?#]/, 1)[0].replace(/\s/g, ' '));
  if (attempts > 1) {
    hide(error, 'attempts', attempts);
  }
  return error;
}

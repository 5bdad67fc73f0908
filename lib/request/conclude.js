'use strict';

// Settles a call by its response, whichever client has sent its requests.

const { ErrorResponse } = require('../common.js');
const { received } = require('../instance/hidden.js');

const UNPARSED = {
  error: 'Something went wrong, but could not parse the response',
  error_description: '',
  error_uri: undefined,
};
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
    call.reject(platformError(response, call));
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
  const { method, input, attempts } = call;
  const from = {
    method: method.toUpperCase(),
    // What follows the path, such as a query string, may be a credential.
    path: input.path.split(/[?#]/, 1)[0].replace(/\s/g, ' '),
    attempts: attempts > 1 ? attempts : undefined,
    body: parsed === null ? withoutCredentials(body, call.headers) : undefined,
  };
  const { error, error_description, error_uri } = parsed === null ? UNPARSED : parsed;
  const refusal = new ErrorResponse({ error, error_description, error_uri, headers, status });
  received.set(refusal, from);
  return refusal;
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
  // A credential may stand at the place where the text is cut.
  const start = text.slice(0, 2 * LONGEST_BODY);
  const shown = secrets.reduce((rest, secret) => rest.split(secret).join('***'), start);
  return shown.slice(0, LONGEST_BODY);
}

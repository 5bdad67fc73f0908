'use strict';

// Shows in the stack of an error who made the call.
//
// A failure arrives long after its call, so that its error only has the frames of this package or of Node. The frames of the
// functions that await the call are known when the promise rejects: https://v8.dev/docs/stack-trace-api#async-stack-traces. A call
// that succeeds does not pay for this.

const path = require('path');

const { ErrorResponse } = require('../common');
const { hide } = require('../instance/hidden');

const PACKAGE = path.join(__dirname, '..', '..', path.sep);

/**
 * Returns a promise that settles as `promise` does. The stack of an error ends with the functions that await the call.
 * @param {Promise<any>} promise
 * @param {any} options of the call
 */
exports.withCaller = async function withCaller(promise, options) {
  try {
    return await promise;
  } catch (error) {
    try {
      addCaller(error, options, withCaller);
    } catch {
      // What a server has put into an ErrorResponse may have no text.
    }
    throw error;
  }
};

/** @param {any} error @param {any} options @param {Function} below the function whose callers are shown */
function addCaller(error, options, below) {
  const isOurs = error instanceof Error || error instanceof ErrorResponse;
  // The reason of a signal belongs to the caller.
  if (isOurs && error !== options.signal?.reason && isWithoutCaller(error)) {
    /** @type {{ stack?: string }} */
    const here = {};
    Error.captureStackTrace?.(here, below);
    // The first line is that of the object.
    const frames = (here.stack || '').split('\n').slice(1);
    hide(error, 'stack', [/** @type {any} */ (error).stack, ...frames].join('\n'));
  }
}

/** Returns whether all frames of an error are this package's or Node's own. @param {any} error */
function isWithoutCaller({ stack }) {
  return (
    typeof stack === 'string' &&
    stack
      .split('\n')
      .filter((line) => /^ +at /.test(line))
      .every(
        (line) =>
          line.includes(PACKAGE) || line.includes('node:internal') || line.includes('(node:'),
      )
  );
}

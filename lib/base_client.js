'use strict';

// Sends requests to one service of an instance, and shows in the stack of an error who made the call.

Object.defineProperty(exports, '__esModule', /** @type {any} */ ({ __proto__: null, value: true }));

const path = require('path');

const { ErrorResponse } = require('./common.js');
const { hide, LIMITS, made } = require('./instance/hidden.js');
const native = require('./binding/index.js');
const { request } = require('./request/index.js');
const { caOf, given, limitsOf, refuseSignal } = require('./request/options.js');

const PACKAGE = path.join(__dirname, '..', path.sep);

/** @this {any} @param {any} options */
function BaseClient(options) {
  this.host = options.host;
  this.port = options.port;
  this.serviceName = options.serviceName;
  this.serviceVersion = options.serviceVersion;
  this.instanceId = options.instanceId;
  this.sdkInfo = options.sdkInfo;
  refuseSignal(options);
  const limits = limitsOf(options);
  const ca = caOf(given(options.ca, 'ca'));
  if (limits !== undefined || ca !== undefined) {
    // A hidden property, unlike a private field, also applies to proxies of the client and to objects that inherit from it.
    hide(this, LIMITS, { limits, ca });
  }
  made.add(this);
}

/** @param {any} options */
BaseClient.prototype.request = function (options) {
  /** @type {any} */
  const outcome = withCaller(request(this, options), options);
  // As in the original, the promise is of the class that the program has put in place of Node's own.
  return outcome instanceof Promise
    ? outcome
    : new Promise((resolve, reject) => outcome.then(resolve, reject));
};

/** @param {string} path */
BaseClient.prototype.sanitizePath = function (path) {
  // A path that is not a string fails here, as in the original.
  return native.cleanPath(path.replace('', ''));
};

/**
 * Returns a promise that settles as `promise` does. The stack of an error ends with the functions that await the call.
 *
 * A failure arrives long after its call, so that its error only has the frames of this package or of Node. The frames of the
 * functions that await the call are known when the promise rejects: https://v8.dev/docs/stack-trace-api#async-stack-traces. A call
 * that succeeds does not pay for this.
 * @param {Promise<any>} promise
 * @param {any} options of the call
 */
async function withCaller(promise, options) {
  try {
    return await promise;
  } catch (error) {
    try {
      addCaller(error, options);
    } catch {
      // A program may have taken the making of stacks into its own hands. The failure is what matters.
    }
    throw error;
  }
}

/** @param {any} error @param {any} options */
function addCaller(error, options) {
  const isOurs = error instanceof Error || error instanceof ErrorResponse;
  // The reason of a signal belongs to the caller.
  if (isOurs && error !== given(options.signal, 'signal')?.reason && isWithoutCaller(error)) {
    /** @type {any} */
    const here = { __proto__: null };
    Error.captureStackTrace(here, withCaller);
    // The first line is that of the object.
    const frames = here.stack.split('\n').slice(1);
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

exports.default = BaseClient;

'use strict';

// Errors of calls that got no answer, with the properties and in the words of Node's own.

/**
 * @param {string} json what the native transport says of it
 * @param {{ method: any, headers: any }} call
 */
exports.failureOf = (json, call) => {
  const failure = JSON.parse(json);
  return (failure.typeError && nodesOwn(call)) || errorOf(failure);
};

/** @param {any} failure @returns {any} */
function errorOf({ typeError, message, causes, ...properties }) {
  const error = causes.length
    ? new AggregateError(causes.map(errorOf), message)
    : new (typeError ? TypeError : Error)(message);
  // In the order in which Node sets them.
  for (const name of ['errno', 'code', 'syscall', 'hostname', 'address', 'port']) {
    if (properties[name] !== null) {
      Object.defineProperty(error, name, {
        value: properties[name],
        writable: true,
        enumerable: true,
        configurable: true,
      });
    }
  }
  return error;
}

/**
 * The error of the running Node for a method or header that it refuses. It checks them before it connects.
 * @param {{ method: any, headers: any }} call
 */
function nodesOwn({ method, headers }) {
  const never = new Error();
  try {
    require('http').request({
      method,
      headers,
      createConnection: () => {
        throw never;
      },
    });
  } catch (error) {
    return error === never ? undefined : error;
  }
  return undefined;
}

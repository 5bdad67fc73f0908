'use strict';

// Shared code of the suites with interceptors: they print the outcomes of their calls as one line of JSON.

/**
 * Runs a suite and prints what it passes to `tell`.
 * @param {(tell: (what: any) => void) => Promise<void>} suite
 */
exports.report = async (suite) => {
  const told = [];
  await suite((what) => told.push(what));
  console.log(JSON.stringify(told));
};

/**
 * Returns a function that makes a call with a new instance of a package and tells its outcome.
 * @param {string} name the name of the package
 * @param {(what: any) => void} tell
 */
exports.calling = (name, tell) => {
  const { Instance, SDKInfo } = require(name);
  return async (options) => {
    // Each call has an instance of its own, because the original sends the headers of a call again with later calls.
    const instance = new Instance({
      locator: 'v1:us1:an-instance',
      key: 'id:secret',
      serviceName: 'feeds',
      serviceVersion: 'v1',
      sdkInfo: new SDKInfo({ productName: 'feeds', version: '1.0.0' }),
    });
    const outcome = await instance.request(options).then(answered, failed);
    tell({ method: options.method, path: options.path, ...outcome });
  };
};

function answered(response) {
  const { statusCode, statusMessage, headers, rawHeaders, body, httpVersion, complete } = response;
  return { statusCode, statusMessage, headers, rawHeaders, body, httpVersion, complete };
}

function failed(error) {
  const { name, message, stack, ...own } = error;
  const isError = error instanceof Error;
  return { type: error.constructor.name, isError, ...(isError && { name, message }), ...own };
}

'use strict';

// What the suites over interceptors have in common: they print what was told of their calls as one line of JSON.

/** @param {(tell: (what: any) => void) => Promise<void>} suite */
exports.report = async (suite) => {
  const told = [];
  await suite((what) => told.push(what));
  console.log(JSON.stringify(told));
};

/**
 * Makes calls by an instance of a package and tells what they came to.
 * @param {string} name
 * @param {(what: any) => void} tell
 */
exports.calling = (name, tell) => {
  const { Instance, SDKInfo } = require(name);
  return async (options) => {
    // One for each call: the original sends a call's headers with those after it.
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

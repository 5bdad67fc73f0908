'use strict';

// Creates an instance whose service is on a port of this machine.

const { Instance, SDKInfo } = require('..');

/** @param {number} port @param {object} [options] additional options of the instance */
const makeInstance = (port, options) =>
  new Instance({
    locator: 'v1:us1:instance',
    key: 'id:secret',
    serviceName: 'soak',
    serviceVersion: 'v1',
    host: '127.0.0.1',
    port,
    sdkInfo: new SDKInfo({ productName: 'soak', version: '1' }),
    ...options,
  });

/**
 * Returns a function that returns the instance for the call with a number. One call in ten goes to the server that TLS refuses
 * natively; among them are calls of each method and kind.
 * @param {{ port: number, refusedPort: number }} ports
 */
function instances({ port, refusedPort }) {
  const [usual, refused] = [port, refusedPort].map((each) => makeInstance(each));
  return (/** @type {number} */ number) => (Math.trunc(number / 7) % 10 === 0 ? refused : usual);
}

module.exports = { instances, makeInstance };

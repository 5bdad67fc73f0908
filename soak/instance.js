'use strict';

// Creates an instance whose service is on a port of this machine.

const { Instance, SDKInfo } = require('..');

/** @param {number} port @param {object} [options] additional options of the instance */
module.exports = (port, options) =>
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

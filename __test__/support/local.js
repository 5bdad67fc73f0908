'use strict';

// Makes the options of instances that connect to a local platform.

const { SDKInfo } = require('../..');

const IDENTITY = { locator: 'v1:local:an-instance', key: 'key-id:a:secret' };

/**
 * Returns the options of an instance for a platform.
 * @param {import('../../testing').Platform} platform
 * @param {object} [options] options that replace the defaults
 */
const optionsOf = ({ host, port, ca }, options) => ({
  ...IDENTITY,
  serviceName: 'feeds',
  serviceVersion: 'v1',
  sdkInfo: new SDKInfo({ productName: 'feeds', version: '1.0.0' }),
  host,
  port,
  ca,
  ...options,
});

module.exports = { IDENTITY, optionsOf };

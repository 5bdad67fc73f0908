'use strict';

// What the instances of a test are made from that talk to a local platform.

const { SDKInfo } = require('../..');

const IDENTITY = { locator: 'v1:local:an-instance', key: 'key-id:a:secret' };

/**
 * @param {import('../../testing').Platform} platform
 * @param {object} [options] in place of these
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

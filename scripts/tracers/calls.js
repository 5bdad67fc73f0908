'use strict';

// Makes the calls that a tracer should record: a success, an error response, a redirect and a failure.

/**
 * Makes the calls and returns the requests that the platform has received.
 * @param {string} subject the package
 * @param {(work: () => Promise<void>) => Promise<void>} within runs `work` inside a trace
 * @returns {Promise<Array<[path: string, isTraced: boolean]>>} the requests that the platform has received
 */
exports.makeCalls = async (subject, within) => {
  const { createPlatform } = require('../../testing');
  const { Instance, SDKInfo } = require(subject === '..' ? '../..' : subject);
  const identity = { locator: 'v1:local:an-instance', key: 'key-id:secret' };
  const platform = await createPlatform(identity);
  platform.on('GET', 'good', { body: 'here' });
  platform.on('GET', 'bad', { status: 400, body: { error: 'bad' } });
  platform.on('GET', 'moved', { status: 302, headers: { location: 'good' } });
  // A GET would be sent once more on a new connection, which the original does not do.
  platform.on('POST', 'broken', { fault: 'reset' });
  const instance = new Instance({
    ...identity,
    serviceName: 'feeds',
    serviceVersion: 'v1',
    sdkInfo: new SDKInfo({ productName: 'feeds', version: '1.0.0' }),
    host: platform.host,
    port: platform.port,
  });
  const { token: jwt } = instance.generateAccessToken({ su: true });
  await within(async () => {
    for (const path of ['good', 'bad', 'moved', 'broken']) {
      const method = path === 'broken' ? 'POST' : 'GET';
      await instance.request({ method, path, jwt }).catch(() => {});
    }
  });
  await platform.close();
  return platform.requests.map(({ path, headers }) => [
    path,
    'traceparent' in headers || 'sentry-trace' in headers,
  ]);
};

/** Prints what the tracer has recorded, without the ports, which the system chooses, and exits. */
exports.print = (seen) => {
  const text = JSON.stringify(seen).replace(/(127\.0\.0\.1):\d+/g, '$1');
  process.stdout.write(`\n${text}\n`, () => process.exit());
};

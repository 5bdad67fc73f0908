'use strict';

// Makes calls with one of the two packages in a process that decides something about its connections: before the package is
// loaded, or between two calls. Prints the outcomes and what the decision has seen.

const { decisions } = require('./decisions');

const { subject, name, isLate, host, ...place } = JSON.parse(process.argv[2]);

async function main() {
  const seen = [];
  const outcomes = [];
  const decide = () => decisions[name]({ ...place, seen });
  let revoke = isLate ? undefined : decide();

  const { Instance, SDKInfo } = require(subject);
  const instance = new Instance({
    locator: 'v1:local:an-instance',
    key: 'key-id:secret',
    serviceName: 'feeds',
    serviceVersion: 'v1',
    sdkInfo: new SDKInfo({ productName: 'feeds', version: '1.0.0' }),
    host,
    port: place.port,
  });
  const call = async (options) => outcomes.push(await outcomeOf(instance.request(options)));
  const get = () => call({ method: 'GET', path: 'a' });

  if (isLate) {
    await get();
    revoke = decide();
  }
  await get();
  await call({ method: 'POST', path: 'b', body: { c: 1 } });
  if (revoke !== undefined) {
    revoke();
    await get();
  }
  // The process ends by itself, after Node has written the log of keys.
  console.log(`\n${JSON.stringify({ outcomes, seen })}`);
}

function outcomeOf(promise) {
  return promise.then(
    ({ statusCode, body }) => ({ statusCode, body }),
    ({ name, message, code }) => ({
      name,
      // OpenSSL's number of the thread is left out.
      message: message.replace(/[0-9A-F]+(?=:error:)/, ''),
      code,
    }),
  );
}

main();

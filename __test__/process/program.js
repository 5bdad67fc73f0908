'use strict';

// The program that each case runs with one of the packages: it does what a server does with the package, and prints each outcome.
// compare.js puts the code of a case in the place of BEFORE, or of AFTER, and the settings in the place of SETTINGS.

const { createHmac } = require('crypto');
const { writeSync } = require('fs');

// What the program itself prints with does not depend on what a case does to built-in objects.
const { stringify, parse } = JSON;
const { SDKInfo, Instance } = (() => {
  BEFORE;
  return require(SETTINGS.subject);
})();

(async () => {
  AFTER;
})().then(main);

async function main() {
  print('a token', () => claims(make().authenticate({ grant_type: 'client_credentials' }, GRANT)));
  print('a refused refresh token', () => {
    const { status, body } = make().authenticateWithRefreshToken(
      { grant_type: 'refresh_token', refresh_token: 'not a token' },
      GRANT,
    );
    return { status, body };
  });
  await tell('GET', () => ({ path: 'a' }));
  await tell('POST', (instance) => ({
    method: 'POST',
    path: 'b',
    headers: { 'Content-Type': 'application/json' },
    qs: { list: [1, 2], text: 'two words' },
    jwt: instance.generateAccessToken({ su: true }).token,
    body: { some: ['json', 1] },
  }));
  await tell('404', () => ({ path: 'none' }));
  await tell('a refused connection', () => ({ path: 'a' }), 1);
  print('the end', () => 'reached');
}

const GRANT = { userId: 'ham', serviceClaims: { room: 1 } };

function make(port = SETTINGS.port) {
  return new Instance({
    locator: 'v1:local:an-instance',
    key: 'key-id:secret',
    serviceName: 'feeds',
    serviceVersion: 'v1',
    sdkInfo: new SDKInfo({ productName: 'feeds', version: '1.0.0' }),
    host: '127.0.0.1',
    port,
  });
}

/** Returns what a token says, without the time, and whether it is signed with the key. */
function claims({ status, body }) {
  const [head, payload, signature] = body.access_token.split('.');
  const signed = createHmac('sha256', 'secret').update(`${head}.${payload}`).digest('base64');
  const { iat, exp, ...rest } = parse(Buffer.from(payload, 'base64').toString());
  const isSigned = signed.replace(/\W+/g, '') === signature.replace(/[-_]+/g, '');
  return { status, rest, lasts: exp - iat, isSigned, type: body.token_type };
}

async function tell(name, optionsOf, port) {
  let outcome;
  try {
    const instance = make(port);
    const path = SETTINGS.id;
    const options = optionsOf(instance);
    const response = await instance.request({
      method: 'GET',
      ...options,
      path: `${path}/${options.path}`,
    });
    outcome = { statusCode: response.statusCode, headers: response.headers, body: response.body };
  } catch (error) {
    outcome = failure(error);
  }
  print(name, () => outcome);
}

function print(name, outcomeOf) {
  let outcome;
  try {
    outcome = outcomeOf();
  } catch (error) {
    outcome = failure(error);
  }
  writeSync(1, `${stringify([name, outcome])}\n`);
}

/** Returns what a program reads from a failure: an error, or a response of the service. */
function failure(error) {
  if (error instanceof Error) {
    const { name, message, code, errno, syscall, address, port } = error;
    return { failed: { name, message, code, errno, syscall, address, port } };
  }
  const { status, headers, error: type, error_description: description } = error;
  return { failed: { status, type, description, contentType: headers?.['content-type'] } };
}

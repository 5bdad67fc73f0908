'use strict';

// Tests that the stack of an error leads to the functions that await the call, and that the message of a time limit names the call.

const assert = require('node:assert/strict');
const { after, before, beforeEach, describe, test } = require('node:test');

const { createPlatform } = require('pusher-platform-native/testing');
const { Instance } = require('../..');
const { run } = require('../support/child');
const local = require('../support/local');

let platform;

before(async () => {
  platform = await createPlatform(local.IDENTITY);
});

beforeEach(() => platform.clear());

after(() => platform.close());

/** Returns what a call rejects with that a function named `readUser` awaits. */
async function failureOf(options, request) {
  const instance = new Instance(local.optionsOf(platform, options));
  const { token: jwt } = instance.generateAccessToken({ su: true });
  async function readUser() {
    return await instance.request({ method: 'GET', path: 'users/zan', jwt, ...request });
  }
  return readUser().then(assert.fail, (error) => error);
}

const framesOf = ({ stack }, name) => stack.split('\n').filter((line) => line.includes(name));

const ErrorResponse = require('../..').ErrorResponse;

// Both clients, and what each sends.
const CLIENTS = { native: {}, "Node's": { headers: { Connection: 'close' } } };

for (const [name, request] of Object.entries(CLIENTS)) {
  describe(`an ErrorResponse through the ${name} client`, () => {
    const secret = 'a-secret-in-a-query';
    const asked = { ...request, method: 'get', path: `users/zan?token=${secret}` };
    const refusal = { status: 404, body: { error: 'not_found', error_description: 'None' } };

    test('leads to the caller, and names method and path, but no credential', async () => {
      platform.respond(refusal);
      const error = await failureOf({}, asked);
      assert.ok(error instanceof ErrorResponse);
      const [first, ...frames] = error.stack.split('\n');
      assert.equal(first, 'ErrorResponse 404 not_found: None, in response to GET users/zan');
      assert.equal(framesOf(error, 'async readUser').length, 1, error.stack);
      assert.ok(frames.every((line) => line.startsWith('    at ')));
      assert.equal(first, String(error));
      assert.deepEqual([error.method, error.path, error.attempts], ['GET', 'users/zan', undefined]);
    });

    test('has the properties of the original’s, and no others that show', async () => {
      const error = await failureOf({}, asked);
      const { status, headers, error_uri } = error;
      const members = { status, headers, error: error.error, error_description: '', error_uri };
      members.error_description = error.error_description;
      const theirs = new (require('platform-node-original').ErrorResponse)(members);
      assert.deepEqual(Object.keys(error), Object.keys(theirs));
      assert.equal(JSON.stringify(error), JSON.stringify(theirs));
      assert.deepEqual({ ...error }, { ...theirs });
    });

    test('has the text of a body that is not JSON, without the token, cut at 64 kB', async () => {
      const page = '<html>Bad gateway</html>';
      platform.respond({ status: 502, body: page });
      assert.equal((await failureOf({}, asked)).body, page);

      const long = 'x'.repeat(65_530);
      platform.respond(({ headers }) => ({ status: 502, body: `${long}${headers.authorization}` }));
      const { body } = await failureOf({}, asked);
      assert.equal(body.length, 65_536);
      assert.ok(
        body.startsWith(long) && 'Bearer ***'.startsWith(body.slice(long.length)),
        body.slice(-9),
      );

      platform.respond(({ headers }) => ({ status: 500, body: headers.authorization }));
      assert.equal((await failureOf({}, asked)).body, 'Bearer ***');

      for (const json of ['{"error":"none"}', '0', '""']) {
        platform.respond({ status: 404, body: json });
        assert.equal((await failureOf({}, asked)).body, undefined);
      }
    });

    test('says how many attempts were made', async () => {
      const retry = { limit: 2, maxDelay: 0 };
      for (let count = 0; count < 3; count++) platform.respond({ status: 503, body: {} });
      const error = await failureOf({}, { ...asked, retry });
      assert.equal(error.attempts, 3);
      assert.match(String(error), / GET users\/zan \(3 attempts\)$/);
    });
  });

  test(`an error of the network through the ${name} client says how many attempts were made`, async () => {
    const retry = { limit: 2, maxDelay: 0 };
    const error = await failureOf({ port: 1 }, { ...request, retry });
    assert.deepEqual([error.code, error.attempts], ['ECONNREFUSED', 3]);
    assert.equal((await failureOf({ port: 1 }, request)).attempts, undefined);
  });

  test(`a time limit through the ${name} client that ends a wait says how many attempts were made`, async () => {
    for (const seconds of ['0', '60']) {
      platform.respond({ status: 503, headers: { 'Retry-After': seconds }, body: {} });
    }
    const retry = { limit: 2, maxDelay: 120_000 };
    const error = await failureOf({}, { ...request, retry, timeout: 2_000 });
    assert.deepEqual([error.code, error.attempts], ['ETIMEDOUT', 2]);
    assert.equal(platform.requests.length, 2);
  });
}

describe('the stack of an error', () => {
  test('leads to the caller, below the message and the frames of the failure', async () => {
    for (const [options, code] of [
      [{ port: 1 }, 'ECONNREFUSED'],
      [{ timeout: 1 }, 'ETIMEDOUT'],
    ]) {
      platform.respond({ delay: Infinity });
      const error = await failureOf(options);
      assert.equal(error.code, code);
      const [first, ...rest] = error.stack.split('\n');
      assert.equal(first, `Error: ${error.message}`);
      assert.ok(
        rest.every((line) => line.startsWith('    at ')),
        error.stack,
      );
      assert.equal(framesOf(error, 'async readUser').length, 1, error.stack);
      assert.equal(Object.prototype.propertyIsEnumerable.call(error, 'stack'), false);
    }
  });

  test('leads to the caller where Node sends the request', async () => {
    const program = `
      require('pusher-platform-native/testing/node-http');
      const { Instance } = require('pusher-platform-native');
      const { optionsOf } = require('./__test__/support/local');
      const place = { host: '127.0.0.1', port: 1 };
      const instance = new Instance(optionsOf(place, place));
      const readUser = async () => await instance.request({ method: 'GET', path: 'a' });
      readUser().catch((error) => console.log(JSON.stringify([error.code, error.stack])));`;
    const [code, stack] = (await run(program)).json;
    assert.equal(code, 'ECONNREFUSED');
    assert.equal(framesOf({ stack }, 'async readUser').length, 1, stack);
  });

  test('is left alone if the error is the caller’s own', async () => {
    const reason = new Error('mine');
    const { stack } = reason;
    const controller = new AbortController();
    const failed = failureOf({}, { signal: controller.signal });
    controller.abort(reason);
    assert.equal(await failed, reason);
    assert.equal(reason.stack, stack);

    const thrown = await failureOf({}, { body: { toJSON: () => assert.fail('mine') } });
    assert.equal(framesOf(thrown, 'async readUser').length, 0, thrown.stack);
  });
});

test('the message of a time limit names the method and the path, without a query string', async () => {
  for (const request of [{ qs: { token: 'secret' } }, { path: 'users/zan?token=secret' }]) {
    platform.respond({ delay: Infinity });
    const { message } = await failureOf({ timeout: 1 }, { method: 'get', ...request });
    assert.equal(message, 'GET users/zan took longer than 1 ms');
  }
});

test('an ErrorResponse whose members have no text still arrives', async () => {
  platform.respond({ status: 404, body: '{"error":{"toString":null},"error_description":{}}' });
  const error = await failureOf({}, {});
  assert.ok(error instanceof ErrorResponse);
  assert.equal(error.status, 404);
});

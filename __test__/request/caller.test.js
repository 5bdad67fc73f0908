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

'use strict';

// Tests what this package documents of the properties that its responses have in addition to the original's.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { inspect } = require('node:util');

const { createPlatform } = require('pusher-platform-native/testing');
const { AuthenticationResponse, ErrorResponse, Instance } = require('../..');
const { IDENTITY, optionsOf } = require('../support/local');

test('an AuthenticationResponse shows the parts of its body', () => {
  const body = { access_token: 'a', token_type: 'bearer', expires_in: 1, refresh_token: 'r' };
  const response = new AuthenticationResponse({ status: 200, body });
  for (const name of Object.keys(body)) {
    assert.equal(response[name], body[name]);
  }
  body.access_token = 'changed';
  assert.equal(response.access_token, 'changed');
  assert.deepEqual(Object.keys(response), ['status', 'headers', 'body']);
  assert.equal(new AuthenticationResponse({ status: 401 }).access_token, undefined);
});

test('an ErrorResponse has a name and a message, and is printed in one line', () => {
  const given = { status: 404, headers: { a: 'b' }, error: 'not_found', error_description: 'None' };
  const error = new ErrorResponse(given);
  assert.equal(error.name, 'ErrorResponse');
  assert.equal(error.message, 'not_found: None');
  for (const text of [String(error), inspect(error), `${error}`]) {
    assert.equal(text, 'ErrorResponse 404 not_found: None');
  }
  const more = new ErrorResponse({ ...given, error_uri: 'https://errors.example/1' });
  assert.equal(more.message, 'not_found: None (https://errors.example/1)');
  assert.equal(new ErrorResponse({ status: 500, error: 'odd' }).message, 'odd');
  assert.equal(String(new ErrorResponse({ status: 500 })), 'ErrorResponse 500 ');
  const { error_uri, ...own } = JSON.parse(JSON.stringify(more));
  assert.deepEqual({ ...own, error_uri }, { ...given, error_uri: more.error_uri });
});

test('what the prototypes show can still be set as a property of one object', () => {
  const error = new ErrorResponse({ status: 500, error: 'e', error_description: '' });
  error.message = 'mine';
  assert.equal(error.message, 'mine');
  assert.ok(Object.keys(error).includes('message'));
  const response = Object.assign(new AuthenticationResponse({ status: 200, body: {} }), {
    access_token: 'mine',
  });
  assert.equal(JSON.parse(JSON.stringify(response)).access_token, 'mine');
});

test('iterating over a response yields its body', async () => {
  const platform = await createPlatform(IDENTITY);
  const instance = new Instance(optionsOf(platform));
  const jwt = instance.generateAccessToken({ su: true }).token;
  const chunksOf = async (body) => {
    platform.respond({ body });
    const chunks = [];
    for await (const chunk of await instance.request({ method: 'GET', path: 'a', jwt })) {
      chunks.push(chunk);
    }
    return chunks;
  };
  assert.equal(Buffer.concat(await chunksOf('z\u00fcrich')).toString(), 'z\u00fcrich');
  assert.deepEqual(await chunksOf(''), []);
  await platform.close();
});

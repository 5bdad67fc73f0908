'use strict';

// Tests that the heap of JavaScript has the secret of a key for as long as an instance or an authenticator of it lives, and no longer.

const assert = require('node:assert/strict');
const { test } = require('node:test');

const { run } = require('../support/child');
const { names } = require('../support/packages');

// The program knows its secrets as arrays of numbers alone until the heap has been read.
const PROGRAM = `
  const { randomBytes } = require('node:crypto');
  const { getHeapSnapshot } = require('node:v8');
  const { Instance, SDKInfo } = require('${names.ours}');
  const Authenticator = require('pusher-platform-native/target/authenticator').default;

  const letters = () => [...randomBytes(24)].map((byte) => 97 + (byte % 26));
  const text = (numbers) => String.fromCharCode(...numbers);
  const secrets = { instance: letters(), authenticator: letters(), refused: letters(), tokenless: letters() };
  const keyOf = (name) => 'a-key-with-a-long-id:' + text(secrets[name]);
  const options = (name) => ({
    locator: 'v1:us1:an-instance',
    key: keyOf(name),
    serviceName: 'feeds',
    serviceVersion: 'v1',
    sdkInfo: new SDKInfo({ productName: 'feeds', version: '1.0.0' }),
  });
  const issue = (issuer) => {
    const { refresh_token } = issuer.authenticateWithRefreshToken(
      { grant_type: 'client_credentials' },
      { userId: 'ham' },
    ).body;
    const payload = { grant_type: 'refresh_token', refresh_token };
    if (issuer.authenticateWithRefreshToken(payload, { userId: 'ham' }).status !== 200) {
      throw new Error('The token was refused');
    }
  };

  // The ids of keys are not secret, and a program may keep them.
  const kept = [];
  let living = [];
  const use = () => {
    const instance = new Instance(options('instance'));
    const authenticator = new Authenticator('id', 'key', text(secrets.authenticator));
    issue(instance);
    issue(new Instance(options('instance')));
    issue(authenticator);
    const tokenless = new Instance(options('tokenless'));
    living = [instance, authenticator, tokenless];
    kept.push(instance.keyId, tokenless.keyId, instance.id);
    try {
      new Instance({ ...options('refused'), timeout: -1 });
    } catch {}
  };

  const inHeap = async () => {
    // What a WeakRef has returned stays until the end of the turn.
    await new Promise((resolve) => setTimeout(resolve));
    gc();
    const chunks = [];
    for await (const chunk of getHeapSnapshot()) chunks.push(chunk);
    const heap = Buffer.concat(chunks.map((chunk) => Buffer.from(chunk)));
    return Object.keys(secrets).filter((name) => heap.includes(Buffer.from(secrets[name])));
  };

  (async () => {
    use();
    const during = await inHeap();
    living = [];
    const after = await inHeap();
    console.log(JSON.stringify({ during, after, kept }));
  })();
`;

test('the secret of a key leaves the heap with what was made from it', async () => {
  const { during, after, kept } = (await run(PROGRAM, { execArgv: ['--expose-gc'] })).json;
  assert.deepEqual(during, ['instance', 'authenticator', 'tokenless']);
  assert.deepEqual(after, []);
  assert.equal(kept[0], 'a-key-with-a-long-id');
});

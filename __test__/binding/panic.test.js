'use strict';

// Tests that a panic in the native code fails one call, and that the process goes on.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { after, before, suite, test } = require('node:test');

const { run } = require('../support/child');
const { names } = require('../support/packages');
const { record } = require('../support/recorder');

const BINDING = path.resolve(__dirname, '../../src/binding');

suite('a panic', () => {
  let server;
  let folder;
  before(async () => {
    server = await record({ respond: () => ({ body: '{}' }) });
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'panic-'));
    fs.writeFileSync(path.join(folder, 'ca.pem'), server.ca);
  });
  after(async () => {
    await server.close();
    fs.rmSync(folder, { recursive: true });
  });

  test('in a task rejects its own call alone', async () => {
    const { json, code } = await run(
      `
      const { Instance, SDKInfo } = require('${names.ours}');
      const native = require('./binding.js');
      const instance = new Instance({
        locator: 'v1:us1:id', key: 'id:secret', serviceName: 's', serviceVersion: 'v1',
        host: '${server.host}', port: ${server.port},
        sdkInfo: new SDKInfo({ productName: 'p', version: '1' }),
      });
      const make = () => instance.request({ method: 'GET', path: 'a' }).then(
        ({ body }) => body,
        (error) => [error instanceof Error, error.message],
      );
      const panicking = () => {
        const { send } = native;
        native.send = (queue, client, ticket) => {
          native.panicInTask(queue, ticket);
          return true;
        };
        try {
          return make();
        } finally {
          native.send = send;
        }
      };
      (async () => {
        const beside = await Promise.all([make(), panicking(), make(), panicking()]);
        console.log(JSON.stringify([...beside, await make()]));
      })();`,
      { env: { NODE_EXTRA_CA_CERTS: path.join(folder, 'ca.pem') } },
    );
    const failed = [true, 'Internal error: the request was dropped'];
    assert.deepEqual(json, ['{}', failed, '{}', failed, '{}']);
    assert.equal(code, 0);
  });

  test('in a call is thrown as an Error', async () => {
    const { json, code } = await run(`
      const native = require('./binding.js');
      try {
        native.panicInCall();
      } catch (error) {
        console.log(JSON.stringify([error instanceof Error, error.message]));
      }`);
    assert.deepEqual(json, [true, 'on purpose']);
    assert.equal(code, 0);
  });

  // Rust aborts the process if a panic reaches the C caller of a function.
  test('is caught in every function that JavaScript can call', () => {
    for (const file of fs.readdirSync(BINDING)) {
      const source = fs.readFileSync(path.join(BINDING, file), 'utf8');
      const functions = source.matchAll(
        /#\[napi\b((?:(?!#\[napi\b)[\s\S])*?)\bpub (fn|struct) (\w+)/g,
      );
      for (const [, attribute, kind, name] of functions) {
        assert.ok(kind === 'struct' || attribute.includes('catch_unwind'), `${file}: ${name}`);
      }
    }
  });
});

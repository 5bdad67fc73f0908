'use strict';

// Tests the WebAssembly module: when it serves, what becomes of an instance that was left in the middle of a call, and what its
// memory keeps. The tests of tokens, instances, interruptions and requests run over it as well: `npm test -- --wasm`.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { describe, it } = require('node:test');

const { run } = require('../support/child');

const ROOT = path.resolve(__dirname, '../..');
const MODULE = path.join(ROOT, 'lib/binding/core.wasm');
const skip = !fs.existsSync(MODULE) && 'the module is not built: npm run build:wasm';

const WASM = { PUSHER_PLATFORM_BINDING: 'wasm' };
const OPTIONS = `{
  locator: 'v1:us1:id', key: 'key:secret of a key', serviceName: 's', serviceVersion: 'v1',
  sdkInfo: new SDKInfo({ productName: 'p', version: '1' }),
}`;

/** A prelude that keeps each instance of the module in `made`. */
const WATCHED = `
  const made = [];
  const { Instance: Whole } = WebAssembly;
  WebAssembly.Instance = function (...given) {
    const instance = new Whole(...given);
    made.push(instance.exports);
    return instance;
  };
  const { Instance, SDKInfo } = require('.');
  const instance = new Instance(${OPTIONS});
  const token = (options = { userId: 'zan' }) => instance.generateAccessToken(options).token;`;

describe('the WebAssembly module', { skip }, () => {
  const first = `
    const { Instance, SDKInfo } = require('.');
    Date.now = () => 1.7e12;
    const { body } = new Instance(${OPTIONS}).authenticateWithRefreshToken(
      { grant_type: 'client_credentials' }, { userId: 'a\\0b', serviceClaims: { claim: 'ü' } });
    console.log(JSON.stringify(body));`;

  for (const [name, options, warnings] of [
    ['where it is asked for', { env: WASM }, 0],
    ['under --no-addons', { execArgv: ['--no-addons'] }, 1],
    [
      'in place of an addon that does not load',
      { env: { NAPI_RS_NATIVE_LIBRARY_PATH: MODULE } },
      1,
    ],
  ]) {
    it(`serves ${name}`, async () => {
      const [ours, addons] = [await run(first, options), await run(first)];
      assert.deepEqual(ours.json, addons.json);
      assert.equal(ours.stderr.split('[PUSHER_PLATFORM_WASM]').length - 1, warnings, ours.stderr);
    });
  }

  it('warns once in a process, with what to do', async () => {
    const { stderr, json } = await run(
      `const { Worker } = require('worker_threads');
      const load = () => {
        for (const name of Object.keys(require.cache)) delete require.cache[name];
        require('.');
      };
      const source = 'require(' + JSON.stringify(require.resolve('.')) + ')';
      load();
      load();
      new Worker(source, { eval: true }).on('exit', (code) => console.log(JSON.stringify(code)));`,
      { execArgv: ['--no-addons'] },
    );
    assert.equal(json, 0);
    assert.equal(stderr.split('[PUSHER_PLATFORM_WASM]').length - 1, 1, stderr);
    assert.match(stderr, /start it without --no-addons/);
  });

  it('does not serve where the addon is asked for, nor where the variable makes no sense', async () => {
    const program = `try { require('.') } catch ({ code, message }) { console.log(JSON.stringify({ code, message })) }`;
    const told = async (wanted) => {
      const env = { PUSHER_PLATFORM_BINDING: wanted };
      return (await run(program, { env, execArgv: ['--no-addons'] })).json;
    };
    assert.equal((await told('native')).code, 'ERR_PUSHER_PLATFORM_NO_BINARY');
    const { code, message } = await told('addon');
    assert.equal(code, 'ERR_INVALID_ARG_VALUE');
    assert.match(message, /PUSHER_PLATFORM_BINDING.*"addon"/);
  });

  it('begins again with another instance after a call that was left', async () => {
    const { json } = await run(
      `${WATCHED}
      Date.now = () => 1.7e12;
      const before = token();
      // There is no memory for a text of this length: the module panics, and its stack is not unwound.
      let thrown;
      try { require('./lib/binding/wasm.js').cleanPath({ length: 2 ** 30 }) }
      catch (error) { thrown = error.constructor.name }
      const { runInContext, createContext } = require('vm');
      const context = createContext({ token });
      for (let round = 0; round < 20; round++) {
        try {
          runInContext('for (;;) token()', context, { timeout: 5 });
        } catch (error) {
          if (error.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
        }
        if (token() !== before) throw new Error('another token');
      }
      const deep = () => { try { token(); deep() } catch { try { token() } catch {} } };
      deep();
      console.log(JSON.stringify({ thrown, same: token() === before, instances: made.length }));`,
      { env: WASM },
    );
    assert.equal(json.thrown, 'RuntimeError');
    assert.equal(json.same, true);
    assert.ok(json.instances > 1, `${json.instances} instances`);
  });

  it('lets no number of an earlier instance find an authenticator', async () => {
    const { json } = await run(
      `${WATCHED}
      const native = require('./lib/binding/wasm.js');
      const old = native.authenticator('id', 'key', 'one secret');
      const before = native.accessToken(old, 1, 2, 'zan');
      token({ userId: 'zan', serviceClaims: { large: 'a'.repeat(2 ** 26) } });
      native.authenticator('id', 'key', 'another secret');
      console.log(JSON.stringify([typeof before, native.accessToken(old, 1, 2, 'zan'), made.length]));`,
      { env: WASM },
    );
    assert.deepEqual(json, ['string', null, 2]);
  });

  it('gives back the memory of a large text, and keeps neither secrets nor tokens in its buffers', async () => {
    const { json } = await run(
      `${WATCHED}
      token({ userId: 'zan', serviceClaims: { large: 'a'.repeat(2 ** 26) } });
      const tokens = [token(), instance.authenticateWithRefreshToken(
        { grant_type: 'client_credentials' }, { userId: 'zan' }).body.refresh_token];
      instance.authenticateWithRefreshToken(
        { grant_type: 'refresh_token', refresh_token: tokens[1] }, { userId: 'zan' });
      const memory = Buffer.from(made.at(-1).memory.buffer);
      const shown = [...tokens, Buffer.from('secret of a key', 'utf16le')].map((text) => memory.includes(text));
      console.log(JSON.stringify([made.length, memory.length < 2 ** 24, ...shown]));`,
      { env: WASM },
    );
    assert.deepEqual(json, [2, true, false, false, false]);
  });

  it('goes on with the calls that are in flight when its instance is given up', async () => {
    const { json } = await run(
      `${WATCHED}
      const { createPlatform } = require('./testing');
      createPlatform({ locator: 'v1:us1:id', key: 'key:secret of a key' }).then(async (platform) => {
        platform.on('GET', 'end', { body: 'the end' });
        let asked = 0;
        platform.on('GET', 'start', () => {
          token({ userId: 'zan', serviceClaims: { large: 'a'.repeat(2 ** 26) } });
          asked += 1;
          return asked < 3 ? { status: 503 } : { status: 302, headers: { location: 'end' } };
        });
        const { host, port, ca } = platform;
        const { body } = await new Instance({ ...${OPTIONS}, host, port, ca })
          .request({ path: 'start', jwt: token({ su: true }), timeout: 30_000, retry: { limit: 3, maxDelay: 1 } });
        await platform.close();
        console.log(JSON.stringify({ body, asked, instances: made.length }));
      });`,
      { env: WASM },
    );
    const { instances, ...rest } = json;
    assert.deepEqual(rest, { body: 'the end', asked: 3 });
    assert.ok(instances > 3, `${instances} instances`);
  });
});

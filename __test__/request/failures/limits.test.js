'use strict';

// Tests what happens at the limits of sizes and counts: the call gets an error that says which limit it was, and the process goes on.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { after, before, describe, it } = require('node:test');

const { run } = require('../../support/child');
const { names } = require('../../support/packages');
const { record } = require('../../support/recorder');

describe('limits', () => {
  let server;
  let folder;
  let respond;

  before(async () => {
    server = await record({ respond: (request, socket) => respond(request, socket) });
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'limits-'));
    fs.writeFileSync(path.join(folder, 'ca.pem'), server.ca);
  });

  after(async () => {
    await server.close();
    fs.rmSync(folder, { recursive: true });
  });

  // Runs `body` with the instance of a package for the server, and with a function that reports the outcome of a call.
  const program = (name, body) =>
    run(
      `const { Instance, SDKInfo } = require('${name}');
      const instance = new Instance({
        locator: 'v1:us1:id', key: 'id:secret', serviceName: 's', serviceVersion: 'v1',
        host: '${server.host}', port: ${server.port},
        sdkInfo: new SDKInfo({ productName: 'p', version: '1' }),
      });
      const outcome = (call) => call.then(
        ({ body }) => body,
        ({ name, code, message }) => ({ name, code, message }),
      );
      (async () => { ${body} })();`,
      { env: { NODE_EXTRA_CA_CERTS: path.join(folder, 'ca.pem') } },
    );

  // The heads of responses that do not end, and the first seven bytes of their bodies.
  const endless = {
    'with a length': 'Content-Length: 8\r\n\r\n1234567',
    'in chunks': 'Transfer-Encoding: chunked\r\n\r\n3\r\n123\r\n4\r\n4567\r\n',
    'up to the end of the connection': '\r\n1234567',
  };
  const ways = {
    natively: '',
    'step by step': `require('diagnostics_channel').subscribe('undici:request:create', () => {});`,
    'through Node’s own client': `require('pusher-platform-native/testing/node-http');`,
  };
  for (const [how, start] of Object.entries(endless)) {
    for (const [way, prepare] of Object.entries(ways)) {
      it(`a body that no string can hold is not read on: ${how}, ${way}`, async () => {
        let closed;
        respond = async ({ target }, socket) => {
          if (target.endsWith('/long')) {
            closed = once(socket, 'close');
            return `HTTP/1.1 200 OK\r\n${start}`;
          }
          await closed;
          return { body: 'closed' };
        };
        const { json } = await program(
          names.ours,
          `${prepare}
          require('./lib/request/response').maxBodySize = 6;
          const outcomes = [
            await outcome(instance.request({ path: 'long' })),
            // The server answers this once the client has closed the other connection.
            await outcome(instance.request({ path: 'short' })),
          ];
          console.log(JSON.stringify(outcomes));`,
        );
        const code = 'ERR_STRING_TOO_LONG';
        const message = 'Cannot create a string longer than 0x6 characters';
        assert.deepEqual(json, [{ name: 'Error', code, message }, 'closed']);
      });
    }
  }

  it('the error of such a body is the running Node’s own', () => {
    const { maxBodySize, tooLong } = require('../../../lib/request/response');
    assert.throws(() => Buffer.allocUnsafe(maxBodySize + 1).toString(), tooLong());
  });

  const sendHeaders = (name, count) =>
    program(
      name,
      `const headers = {};
      for (let index = 0; index < ${count}; index += 1) headers['x-' + index] = 'v';
      console.log(JSON.stringify(await outcome(instance.request({ path: 'a', headers }))));`,
    );

  it('more header lines than a request may have are refused', async () => {
    respond = ({ headers }) => ({
      body: String(headers.filter(([name]) => /^x-\d/.test(name)).length),
    });
    // The original sends any number.
    assert.equal((await sendHeaders(names.original, 24_100)).json, '24100');
    // The SDK has four headers of its own.
    assert.equal((await sendHeaders(names.ours, 23_996)).json, '23996');
    assert.deepEqual((await sendHeaders(names.ours, 23_997)).json, {
      name: 'Error',
      code: 'ERR_OUT_OF_RANGE',
      message: 'A request can have at most 24000 header lines; this one has 24001',
    });
  });
});

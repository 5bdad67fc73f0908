'use strict';

// Tests what happens at the limits of sizes and counts: the call gets an error that says which limit it was, and the process goes on.

const assert = require('node:assert/strict');
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

'use strict';

// Tests a live client against a server that responds with mutated bytes: each call settles once, and the process survives.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { it } = require('node:test');

const fc = require('fast-check');

const { run } = require('../../support/child');
const { names } = require('../../support/packages');
const { record } = require('../../support/recorder');

const SEEDS = path.resolve(__dirname, '../../../fuzz/seeds/response');
const CALLS = 1_000;

/** One change of the bytes of a response. */
const change = fc.record({
  kind: fc.constantFrom('flip', 'insert', 'remove', 'repeat', 'cut'),
  at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  length: fc.integer({ min: 1, max: 40 }),
  bytes: fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 8 }),
    fc
      .constantFrom('\r\n', '\r\n\r\n', '\0', ':', ' ', 'HTTP/1.1 ', 'Transfer-Encoding: chunked')
      .map((text) => Buffer.from(text)),
    fc
      .constantFrom('Location: /a\r\n', 'Content-Length: 99999999999999999999\r\n', 'ffffffffffff')
      .map((text) => Buffer.from(text)),
  ),
});

function apply(answer, { kind, at, length, bytes }) {
  const start = Math.floor(at * answer.length);
  const [before, after] = [answer.subarray(0, start), answer.subarray(start)];
  switch (kind) {
    case 'flip':
      return Buffer.concat([before, bytes, after.subarray(bytes.length)]);
    case 'insert':
      return Buffer.concat([before, bytes, after]);
    case 'remove':
      return Buffer.concat([before, after.subarray(length)]);
    case 'repeat':
      return Buffer.concat([before, after.subarray(0, length), after]);
    default:
      return before;
  }
}

it('settles each call once, whatever bytes a server sends', async () => {
  const seeds = fs.readdirSync(SEEDS).map((name) => fs.readFileSync(path.join(SEEDS, name)));
  const answers = fc
    .tuple(fc.constantFrom(...seeds), fc.array(change, { maxLength: 4 }))
    .map(([seed, changes]) => changes.reduce(apply, seed));
  // Each run uses other responses; a failure prints its seed, which FUZZ_SEED repeats.
  const seed = Number(process.env.FUZZ_SEED) || Date.now() % 2 ** 31;
  const sent = fc.sample(answers, { numRuns: CALLS, seed });

  const server = await record({
    respond: ({ target }, socket) => {
      const number = /path\/(\d+)$/.exec(target);
      // A mutated response may have redirected the client to any target.
      const bytes = number ? sent[Number(number[1])] : Buffer.from('HTTP/1.1 500 Lost\r\n\r\n');
      // The connection ends after the response, so a response that is too short ends as well.
      socket.end(bytes);
      return null;
    },
  });
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'fuzz-response-'));
  fs.writeFileSync(path.join(folder, 'ca.pem'), server.ca);
  try {
    const { json, code, stderr } = await run(
      `
      const { Instance, SDKInfo } = require('${names.ours}');
      const instance = new Instance({
        locator: 'v1:us1:id', key: 'id:secret', serviceName: 's', serviceVersion: 'v1',
        host: '${server.host}', port: ${server.port},
        sdkInfo: new SDKInfo({ productName: 'p', version: '1' }),
      });
      const { ErrorResponse } = require('${names.ours}');
      const ended = { resolved: 0, rejected: 0, odd: [] };
      let next = 0;
      const lane = async () => {
        while (next < ${CALLS}) {
          const number = next++;
          try {
            const { statusCode, headers, body } = await instance.request({ path: 'path/' + number });
            const isAnswer = statusCode >= 200 && statusCode <= 299 && typeof body === 'string';
            if (isAnswer && headers) ended.resolved += 1; else ended.odd.push(number);
          } catch (error) {
            const isError = error instanceof Error || error instanceof ErrorResponse;
            if (isError) ended.rejected += 1; else ended.odd.push(number);
          }
        }
      };
      Promise.all(Array.from({ length: 32 }, lane)).then(() => console.log(JSON.stringify(ended)));`,
      { env: { NODE_EXTRA_CA_CERTS: path.join(folder, 'ca.pem') }, timeout: 120_000 },
    );
    assert.equal(code, 0, `FUZZ_SEED=${seed}\n${stderr}`);
    assert.deepEqual(json.odd, [], `FUZZ_SEED=${seed}`);
    assert.equal(json.resolved + json.rejected, CALLS, `FUZZ_SEED=${seed}`);
    // Both outcomes must occur; otherwise the mutations are not useful.
    assert.ok(json.resolved > CALLS / 50 && json.rejected > CALLS / 50);
  } finally {
    await server.close();
    fs.rmSync(folder, { recursive: true });
  }
});

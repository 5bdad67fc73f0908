'use strict';

// Sends each request to a different host name and with a different `ca`, like a program that gets both from its customers. At the
// same time it uses one service all along, whose connection the others must not evict from the connection pool.

const assert = require('assert');
const fs = require('fs');

const makeInstance = require('./instance');
const { usage } = require('./usage');

const { port, distinct, rounds, atOnce } = JSON.parse(process.argv[2]);
const ca = fs.readFileSync(process.env.NODE_EXTRA_CA_CERTS, 'utf8');

// The number of requests to other host names per request to the steady service.
const OTHERS = 20;

async function main() {
  const steady = makeInstance(port);
  let started = 0;
  let steadily = 0;
  const lane = async (end) => {
    while (started < end) {
      const id = String(started);
      started += 1;
      if (started % OTHERS === 1) {
        steadily += 1;
        await ask(steady, id);
      }
      // Text around a PEM certificate has no meaning, but makes each `ca` a different string.
      const other = makeInstance(port, { ca: `${ca}\n${id}\n` });
      // The request goes to the same address, but the Host header makes the server name different.
      await ask(other, id, { Host: `n${id}.soak.example` });
    }
  };
  // This opens the connection of the steady service before the lanes compete for it.
  await ask(steady, '0');
  for (let round = 1; round <= rounds; round += 1) {
    const end = Math.round((distinct * round) / rounds);
    await Promise.all(Array.from({ length: atOnce }, () => lane(end)));
    global.gc();
    process.send({ round, ...usage() });
  }
  process.send({ report: { distinct: started, steadily } });
  process.disconnect();
}

async function ask(instance, id, headers) {
  const { body } = await instance.request({ path: `again/${id}`, headers });
  assert.equal(body, id);
}

main();

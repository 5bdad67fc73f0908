'use strict';

// Sends each request to a different host name and with a different `ca`, like a program that gets both from its customers. At the
// same time it uses one service all along, whose connection the others must not evict from the connection pool.

const assert = require('assert');
const fs = require('fs');

const { makeInstance } = require('./instance');
const { usage } = require('./usage');

const { port, refusedPort, proxyPort, distinct, rounds, atOnce } = JSON.parse(process.argv[2]);
const ca = fs.readFileSync(process.env.NODE_EXTRA_CA_CERTS, 'utf8');

// The number of requests to other host names per request to the steady service.
const OTHERS = 20;

// Of so many other host names, one is that of a server that TLS refuses natively.
const REFUSED_EVERY = 10;

async function main() {
  // The proxy knows all names, and the steady service is reached without it.
  process.env.HTTPS_PROXY = `http://127.0.0.1:${proxyPort}`;
  process.env.NO_PROXY = '127.0.0.1';
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
      const other = { host: `n${id}.soak.example`, ca: `${ca}\n${id}\n` };
      await ask(makeInstance(started % REFUSED_EVERY === 0 ? refusedPort : port, other), id);
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

async function ask(instance, id) {
  const { body } = await instance.request({ path: `again/${id}` });
  assert.equal(body, id);
}

main();

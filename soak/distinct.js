'use strict';

// A process whose every request is to a host name and by a `ca` of its own, as of a program that takes both from its
// customers, beside one service that all the others must not push out.

const assert = require('assert');
const fs = require('fs');

const makeInstance = require('./instance');
const { usage } = require('./usage');

const { port, distinct, rounds, atOnce } = JSON.parse(process.argv[2]);
const ca = fs.readFileSync(process.env.NODE_EXTRA_CA_CERTS, 'utf8');

// How many of the others there are to a request of the one service.
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
      // Text around a certificate counts for nothing but makes it another text.
      const other = makeInstance(port, { ca: `${ca}\n${id}\n` });
      // To the address, but for the name.
      await ask(other, id, { Host: `n${id}.soak.example` });
    }
  };
  // Its connection is open before the lanes compete for it.
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

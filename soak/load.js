'use strict';

// Starts many requests in one turn of the event loop, and counts the turns until all responses have arrived.

const assert = require('assert');

const { port, calls } = JSON.parse(process.argv[2]);

async function main() {
  const instance = require('./instance').makeInstance(port);
  let turns = 0;
  const timer = setInterval(() => {
    turns += 1;
  }, 1);
  const bodies = await Promise.all(
    Array.from({ length: calls }, async (_, n) => {
      const { body } = await instance.request({ path: `again/${n}` });
      return body;
    }),
  );
  clearInterval(timer);
  assert.deepEqual(
    bodies,
    bodies.map((_, n) => String(n)),
  );
  process.send({ report: { calls, turns } });
  process.disconnect();
}

main();

'use strict';

// Runs the short form of the soak; `npm run soak` runs the long form.

const { it } = require('node:test');

const { distinct, kept, soak } = require('../../soak/soak');

it('loses no call and keeps nothing, whatever the server does', async () => {
  await soak({
    requests: 6_000,
    tokens: 30_000,
    rounds: 8,
    atOnce: 64,
    restartsEvery: 1_500,
    // The run is too short for the heap to reach a stable size.
    growth: 0.5,
  });
});

it('keeps neither names nor certificates, and the connection that is in use', async () => {
  await distinct({ distinct: 2_000, rounds: 8, atOnce: 4, growth: 0.5 });
});

for (const proxied of [false, true]) {
  const way = proxied ? 'a tunnel' : 'straight';
  it(`loses no call that may be repeated to connections that end, and repeats no other: ${way}`, async () => {
    await kept({
      requests: 4_000,
      rounds: 8,
      growth: 0.5,
      atOnce: 32,
      endsKeptEvery: 10,
      proxied,
    });
  });
}

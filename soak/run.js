'use strict';

// The long form of the soak. Arguments: how many requests and how many tokens.

const { soak } = require('./soak');

const [requests = 1_000_000, tokens = 10_000_000] = process.argv.slice(2).map(Number);

async function main() {
  const begun = Date.now();
  const { settled, served } = await soak({
    requests,
    tokens,
    rounds: 40,
    atOnce: 128,
    restartsEvery: 20_000,
    growth: 0.1,
    onRound: ({ round, megabytes, descriptors, threads }) =>
      console.log(
        `round ${round}: ${megabytes} MB, ${descriptors} descriptors, ${threads} threads`,
      ),
  });
  console.log(settled, served, `${Math.round((Date.now() - begun) / 1000)} s`);
}

main();

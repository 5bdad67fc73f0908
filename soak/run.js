'use strict';

// Runs the long form of the soak. The arguments are the number of requests, of tokens, of workers, and of host names with
// certificates. The number 0 skips a part.

const { churn, distinct, kept, load, soak } = require('./soak');

const [requests = 1_000_000, tokens = 10_000_000, workers = 3_000, names = 100_000] = process.argv
  .slice(2)
  .map(Number);

const rounds = 40;
const growth = 0.1;

async function main() {
  if (requests > 0) {
    await timed(`${requests} requests and ${tokens} tokens`, () =>
      soak({ requests, tokens, rounds, growth, atOnce: 128, restartsEvery: 20_000, onRound }),
    );
  }
  if (requests > 0) {
    for (const proxied of [false, true]) {
      const name = `${requests / 2} requests over connections that end${proxied ? ', by proxy' : ''}`;
      await timed(name, () =>
        kept({
          requests: requests / 2,
          rounds,
          growth,
          atOnce: 64,
          endsKeptEvery: 20,
          proxied,
          onRound,
        }),
      );
    }
  }
  if (workers > 0) {
    await timed(`${workers} workers`, () =>
      churn({ workers, rounds, growth, inFlight: 200, atOnce: 4, onRound }),
    );
  }
  if (names > 0) {
    await timed(`${names} host names and certificates`, () =>
      distinct({ distinct: names, rounds, growth, atOnce: 8, onRound }),
    );
  }
  await timed('10000 requests at once', () => load({ calls: 10_000 }));
}

async function timed(name, work) {
  console.log(name);
  const begun = Date.now();
  console.log(await work(), `${Math.round((Date.now() - begun) / 1000)} s`);
}

function onRound({ round, megabytes, descriptors, threads, opened, openAtOnce }) {
  const process = `${megabytes} MB, ${descriptors} descriptors, ${threads} threads`;
  console.log(`round ${round}: ${process}, ${opened} connections, ${openAtOnce} at once`);
}

main();

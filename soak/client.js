'use strict';

// Runs as the process under test of the soak: it makes requests and tokens in rounds, checks each of them, and reports its
// memory, file descriptors and threads after each round.

const assert = require('assert');

const native = require('../lib/binding');
const { isClosed, part } = require('./part');
const { usage } = require('./usage');

const options = JSON.parse(process.argv[2]);
const { requests, tokens, rounds, atOnce } = options;

// The kinds of requests: how the server serves each, how many of a hundred there are, and how each may end.
const KINDS = [
  { way: 'answer', of100: 85, settled: { resolves: isOwn } },
  { way: 'late', of100: 3, settled: { resolves: isOwn } },
  { way: 'big', of100: 1, settled: { resolves: isOwn } },
  { way: 'redirect', of100: 2, settled: { resolves: isOwn } },
  { way: 'refuse', of100: 3, settled: { rejects: (error, id) => error.error === id } },
  { way: 'reset', of100: 2, settled: { rejects: isClosed } },
  { way: 'truncate', of100: 2, settled: { rejects: isClosed } },
  { way: 'malform', of100: 2, settled: { rejects: (error) => /^HPE_/.test(error.code) } },
].flatMap(({ of100, ...kind }) => Array(of100).fill(kind));

function isOwn(response, id) {
  return response.statusCode === 200 && response.body.trimEnd() === id;
}

// Any call may fail with these codes, since the server restarts and closes connections during requests.
const LOST = new Set(['ECONNRESET', 'ECONNREFUSED', 'EPIPE']);

// A call that takes longer than this number of milliseconds never settles: the slowest response takes a fraction of a second.
const PATIENCE = 60_000;

// `lost` counts the calls that fail with one of the codes in LOST, by method and code.
const settled = { resolved: 0, rejected: 0, lost: {}, tokens: 0 };
const pending = new Set();
let started = 0;

/** Checks that the native queue delivers each ticket exactly once, since a promise would hide a second delivery. */
function watchTickets() {
  const open = new Set();
  const { Queue, send } = native;
  native.send = (queue, client, ticket, ...rest) => {
    assert.ok(!open.has(ticket), `Ticket ${ticket} is sent twice at a time`);
    open.add(ticket);
    return send(queue, client, ticket, ...rest);
  };
  native.Queue = function (deliver) {
    const watched = (...outcomes) => {
      for (let index = 0; index < outcomes.length; index += 4) {
        if (!open.delete(outcomes[index])) {
          // Node only warns of what is thrown here, since the native queue calls this function.
          setImmediate(() => assert.fail(`Ticket ${outcomes[index]} comes twice`));
        }
      }
      deliver(...outcomes);
    };
    // The queue itself does not keep the function.
    return Object.assign(new Queue(watched), { watched });
  };
  return open;
}

async function main() {
  const open = watchTickets();
  const { instances, makeInstance } = require('./instance');
  const instance = makeInstance(options.port);
  const instanceOf = instances(options);
  const watch = setInterval(watchdog(), PATIENCE).unref();
  await part(instance);
  const { descriptors } = usage();
  for (let round = 1; round <= rounds; round += 1) {
    const end = Math.round((requests * round) / rounds);
    await Promise.all(Array.from({ length: atOnce }, () => lane(instanceOf, end)));
    // The client must release each pooled connection that the server closes.
    do {
      await part(instance);
    } while (usage().descriptors > descriptors);
    global.gc();
    process.send({ round, ...usage() });
  }
  clearInterval(watch);
  assert.equal(pending.size, 0);
  const lost = Object.values(settled.lost).reduce((sum, count) => sum + count, 0);
  assert.equal(settled.resolved + settled.rejected + lost, requests);
  assert.equal(open.size, 0);
  process.send({ report: settled });
  // The parent waits for this process to exit, which only the channel to the parent still prevents.
  process.disconnect();
}

async function lane(instanceOf, end) {
  while (started < end) {
    const id = started;
    started += 1;
    makeTokens(instanceOf(id), id);
    await makeRequest(instanceOf(id), String(id));
  }
}

async function makeRequest(instance, id) {
  const kind = KINDS[(Number(id) * 37) % KINDS.length];
  // The original's HTTP library follows redirects for some methods only, and GET is one of them.
  const method = kind.way === 'redirect' || Number(id) % 2 === 0 ? 'GET' : 'POST';
  const body = method === 'POST' ? { id } : undefined;
  pending.add(id);
  try {
    const response = await instance.request({ method, path: `${kind.way}/${id}`, body });
    assert.ok(kind.settled.resolves?.(response, id), `${kind.way}/${id}: ${response.body}`);
    settled.resolved += 1;
  } catch (error) {
    if (kind.settled.rejects?.(error, id)) {
      settled.rejected += 1;
    } else if (LOST.has(error.code)) {
      const what = `${method} ${error.code}`;
      settled.lost[what] = (settled.lost[what] ?? 0) + 1;
    } else {
      throw error;
    }
  }
  assert.ok(pending.delete(id));
}

const CREDENTIALS = { grant_type: 'client_credentials' };
const FEW = Math.ceil(tokens / requests / 6);

function makeTokens(instance, id) {
  for (let n = 0; n < FEW; n += 1) {
    const userId = `user-${id}-${n}`;
    const plain = instance.authenticate(CREDENTIALS, { userId });
    assert.equal(claimsOf(plain).sub, userId);
    const serviceClaims = { room: userId, admin: n % 2 === 0 };
    const rich = instance.authenticate(CREDENTIALS, { userId, serviceClaims });
    assert.equal(claimsOf(rich).room, userId);
    // The first call issues an access token and a refresh token, and the second exchanges the refresh token for a new pair.
    const first = instance.authenticateWithRefreshToken(CREDENTIALS, { userId });
    const payload = { grant_type: 'refresh_token', refresh_token: first.body.refresh_token };
    assert.equal(instance.authenticateWithRefreshToken(payload, { userId }).status, 200);
    const other = instance.authenticateWithRefreshToken(payload, { userId: 'somebody else' });
    assert.equal(other.status, 401);
    settled.tokens += 6;
  }
}

function claimsOf({ body }) {
  const payload = body.access_token.split('.')[1];
  return JSON.parse(Buffer.from(payload, 'base64').toString());
}

function watchdog() {
  let before = -1;
  return () => {
    const now = started;
    assert.notEqual(now, before, `Calls never settled: ${[...pending].slice(0, 10)}`);
    before = now;
  };
}

main();

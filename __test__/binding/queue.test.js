'use strict';

// Tests that the fault of one outcome stays its own, wherever on its way to JavaScript it happens: all others are delivered. More
// outcomes than are passed at once become ready while JavaScript does something else.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const tls = require('node:tls');
const { suite, test } = require('node:test');

const native = require('../../lib/binding');
const { plainRoots } = require('../../lib/request/trust');
const { loopback } = require('../../testing/certificates');
const { run } = require('../support/child');
const { record } = require('../support/recorder');

const COUNT = 200;
const FAULTY = 70;

/**
 * Runs a program that receives the outcomes of many tickets. It ends by itself once all have been delivered.
 * @param {{ fault?: string, before?: string, uncaught?: string }} lines of the program: before an outcome is taken, before the
 *   outcomes become ready, and for an uncaught exception
 */
const received = ({ fault = '', before = '', uncaught = '' }) =>
  run(
    `
    const native = require('./lib/binding');
    const statuses = new Map();
    const told = [];
    const once = new Set();
    const queue = new native.Queue((...outcomes) => {
      for (let index = 0; index < outcomes.length; index += 4) {
        const [ticket, status, head, body] = outcomes.slice(index, index + 4);
        if (statuses.has(ticket)) continue;
        ${fault}
        statuses.set(ticket, status);
        if (status === 0) told.push([ticket, head.split('\\0')[0], JSON.parse(body).message]);
      }
    });
    process.on('uncaughtException', ({ message }) => {
      told.push(message);
      ${uncaught}
    });
    process.on('exit', () => {
      const delivered = [...statuses.values()].filter((status) => status === 204).length;
      console.log(JSON.stringify({ delivered, told }));
    });
    ${before}
    for (let ticket = 1; ticket <= ${COUNT}; ticket++) native.wait(queue.handle, ticket, 0);
    // The outcomes collect meanwhile.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);`,
    { timeout: 20_000 },
  );

suite('an outcome', () => {
  const check = async (lines, expected) => {
    const { json, code } = await received(lines);
    assert.deepEqual({ ...json, code }, { code: 0, ...expected });
  };
  const undelivered = 'Internal error: the outcome could not be delivered';

  test('is delivered', () => check({}, { delivered: COUNT, told: [] }));

  test('that cannot be unpacked is a failure', () =>
    check(
      { before: `native.failToUnpack(${FAULTY});` },
      { delivered: COUNT - 1, told: [[FAULTY, '1', 'on purpose']] },
    ));

  test('that is refused once is delivered then', () =>
    check(
      {
        fault: `if (ticket === ${FAULTY} && !once.has(ticket)) {
          once.add(ticket);
          throw new Error('on purpose');
        }`,
      },
      { delivered: COUNT, told: [] },
    ));

  test('that is refused is a failure', () =>
    check(
      { fault: `if (ticket === ${FAULTY} && status !== 0) throw new Error('on purpose');` },
      { delivered: COUNT - 1, told: [[FAULTY, '1', undelivered]] },
    ));

  test('that is refused as a failure as well is not taken for delivered', () =>
    check(
      {
        fault: `if (ticket === ${FAULTY}) throw new Error('on purpose');`,
        // The process would end by itself before that.
        uncaught: 'setTimeout(() => process.exit(3), 1000).unref();',
      },
      { delivered: COUNT - 1, told: ['on purpose'], code: 3 },
    ));
});

test('a call whose response cannot be unpacked fails beside others', async (t) => {
  const server = await record({ respond: () => ({ body: '{}' }) });
  t.after(() => server.close());
  const { port, ca } = server;
  const { json, code } = await run(`
    const { Instance } = require('.');
    const native = require('./lib/binding');
    const { optionsOf } = require('./__test__/support/local');
    const options = ${JSON.stringify({ host: '127.0.0.1', port, ca })};
    const instance = new Instance(optionsOf(options));
    const make = () => instance.request({ method: 'GET', path: 'a' }).then(
      ({ body }) => body,
      ({ message }) => message,
    );
    const { send } = native;
    const failing = () => {
      native.send = (...call) => {
        native.failToUnpack(call[2]);
        return send(...call);
      };
      const promise = make();
      native.send = send;
      return promise;
    };
    Promise.all([make(), make(), failing(), make()]).then((all) => console.log(JSON.stringify(all)));
  `);
  assert.deepEqual([json, code], [['{}', '{}', 'on purpose', '{}'], 0]);
});

/** The exchange of the last test. @type {any} */
let exchange;

test('an exchange closes the connection of a response that arrives after it has left', {
  timeout: 10_000,
}, async (t) => {
  const { cert, key, chain, ca } = loopback();
  const server = tls.createServer({ cert: chain ?? cert, key }, (socket) => {
    // The body never comes.
    socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n'));
    socket.on('error', () => {});
    t.after(() => socket.destroy());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => server.close());
  const arrived = new Promise((resolve) => {
    const queue = new native.Queue((_ticket, status) => resolve({ status, queue }));
    queue.limit(2 ** 14, 2 ** 20);
    const { port } = server.address();
    const client = native.baseClient(`127.0.0.1:${port}`, 'a/', plainRoots(ca));
    const request = { method: 'GET', path: 'b', query: '', headers: '', headerCount: 0 };
    const before = { proxy: '', noProxy: '', attempts: 0, elapsed: 0 };
    exchange = new native.Exchange(queue.handle, client, { ...request, ...before });
    exchange.begin();
    exchange.send(queue.handle, 1, '', 0);
    exchange.leave();
  });
  const [socket] = await once(server, 'secureConnection');
  const [{ status }] = await Promise.all([arrived, once(socket, 'close')]);
  assert.equal(status, 200);
  // The exchange has not been collected, which would close the connection as well.
  assert.equal(exchange.peer, null);
});

'use strict';

// Receives large responses at once and drops them. Prints by how many bytes the resident memory has grown three idle seconds later.

const { fork } = require('node:child_process');
const { once } = require('node:events');
const https = require('node:https');
const { setTimeout: delay } = require('node:timers/promises');

const { Instance, SDKInfo } = require('..');
const { instanceOptions } = require('./instance');
const { loopback } = require('../testing/certificates');

const IDLE = 3000;

const [count, size] = process.argv.slice(2).map(Number);

/** Serves the responses in a process of its own, whose memory is not measured. */
function serve() {
  const { chain, key, ca } = loopback();
  const large = Buffer.alloc(size, 'a');
  const server = https.createServer({ cert: chain, key }, ({ url }, response) => {
    response.end(url.endsWith('large') ? large : '');
  });
  server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port, ca }));
  process.on('disconnect', () => process.exit());
}

async function measure() {
  const server = fork(__filename, process.argv.slice(2), { execArgv: [] });
  const [{ port, ca }] = await once(server, 'message');
  const options = instanceOptions({ SDKInfo }, { host: '127.0.0.1', port });
  const instance = new Instance({ ...options, ca });
  await instance.request({ path: 'small' });
  const start = resident();
  const large = Array.from({ length: count }, () => instance.request({ path: 'large' }));
  for (const { body } of await Promise.all(large.splice(0))) {
    if (body.length !== size) throw new Error(`A body of ${body.length} bytes`);
  }
  await delay(IDLE);
  // The second collection frees what the first one has left to V8's other threads.
  resident();
  console.log(resident() - start);
  server.disconnect();
}

function resident() {
  globalThis.gc();
  return process.memoryUsage().rss;
}

if (process.send) serve();
else measure();

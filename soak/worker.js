'use strict';

// Runs as a worker that loads the package, sends requests, half of them to a server that never responds, and ends in a given way.

const assert = require('assert');
const { parentPort, workerData } = require('worker_threads');

const { instances, makeInstance } = require('./instance');

const { silentPort, inFlight, way } = workerData;

const half = inFlight / 2;
let answers = 0;

function answered(number, body) {
  assert.equal(body, String(number));
  answers += 1;
  parentPort.postMessage('answered');
  if (answers === half / 2) {
    end();
  }
}

function end() {
  switch (way) {
    case 'exits':
      process.exit(3);
      break;
    case 'exits and sends':
      process.on('exit', send);
      process.exit(4);
      break;
    case 'throws':
      setImmediate(() => {
        throw new Error('on purpose');
      });
  }
}

function send() {
  const instanceOf = instances(workerData);
  const silent = makeInstance(silentPort);
  for (let number = 0; number < half; number += 1) {
    instanceOf(number)
      .request({ path: `again/${number}` })
      .then(({ body }) => answered(number, body));
    // A worker that ends by itself does not send requests that would never settle.
    if (way !== 'leaves') {
      silent.request({ path: 'a' });
    }
  }
}

send();
parentPort.postMessage('sent');

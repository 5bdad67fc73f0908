'use strict';

// Creates many instances in this process, uses each once and drops it. Prints the resident memory after 10 000 instances, after a
// million more, and after another million.

const { instanceOptions } = require('./instance');

const surface = require(process.argv[2]);
const CREDENTIALS = { grant_type: 'client_credentials' };

console.log(JSON.stringify([10_000, 1_000_000, 1_000_000].map(residentAfter)));

function residentAfter(count) {
  for (let index = 0; index < count; index++) {
    new surface.Instance(instanceOptions(surface)).authenticate(CREDENTIALS, { userId: 'ham' });
  }
  return process.memoryUsage().rss;
}

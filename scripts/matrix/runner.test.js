'use strict';

// For `node --test`, and what Bun and Deno have in its place.

const test = require('node:test');

const { walk } = require('./walk');

for (const [name, step] of Object.entries(walk)) {
  test(name, () => step(require('pusher-platform-native')));
}

'use strict';

// Runs the main job under `node --test`, and under the implementations of `node:test` in Bun and Deno.

const test = require('node:test');

const { walk } = require('./walk');

for (const [name, step] of Object.entries(walk)) {
  test(name, () => step(require('pusher-platform-native')));
}

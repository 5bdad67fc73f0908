'use strict';

// Runs the main job over the WebAssembly module: `wasm.js asked`, or `wasm.js platform` on a platform that has no addon.

const { all } = require('./walk');

const [, , why] = process.argv;
if (why === 'asked') {
  process.env.PUSHER_PLATFORM_BINDING = 'wasm';
} else {
  Object.defineProperty(process, 'platform', { value: 'plan9' });
}
all(require('pusher-platform-native'));

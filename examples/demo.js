'use strict';

// Demonstrates the whole package: `npm run demo`. The exit code is 0 only if every step succeeds.
//
// local.js starts a local Pusher platform, and walk.js is the program that a user would write.

const path = require('node:path');

const { runLocally } = require('./local');

runLocally(path.join(__dirname, 'walk.js'));

'use strict';

// Shows the whole package at work: `npm run demo`. Exits with 0 only if every step was right.
//
// local.js starts a Pusher platform on this machine; walk.js is what a user would write.

const path = require('node:path');

const { runLocally } = require('./local');

runLocally(path.join(__dirname, 'walk.js'));

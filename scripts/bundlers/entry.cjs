'use strict';

// A server that consists of CommonJS modules.

const platform = require('pusher-platform-native');
const { all } = require('./walk.js');

process.exitCode = 1;
all(platform).then(
  () => {
    process.exitCode = 0;
  },
  (error) => console.error(error),
);

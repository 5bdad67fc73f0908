'use strict';

// Measures the resources of this process: memory in megabytes, and, on systems with /proc, file descriptors and threads.

const fs = require('fs');

function usage() {
  const count = (folder) => (fs.existsSync(folder) ? fs.readdirSync(folder).length : 0);
  return {
    megabytes: Math.round(process.memoryUsage().rss / 2 ** 20),
    descriptors: count('/proc/self/fd'),
    threads: count('/proc/self/task'),
  };
}

module.exports = { usage };

'use strict';

// Refuses new threads to a running process, as a system does whose limit of them is reached.

const { execFileSync, spawnSync } = require('node:child_process');

// Root has no such limit, so the process has to become somebody else, who may also change the limits of his own processes.
const isRoot = process.getuid?.() === 0;
const NOBODY = 65534;
const asOwner = isRoot ? { uid: NOBODY, gid: NOBODY } : {};

/** Whether threads can be refused here: prlimit(1) belongs to util-linux. */
const canRefuse =
  process.platform === 'linux' && spawnSync('prlimit', ['--nproc'], asOwner).status === 0;

/** The code with which a program gives up the rights of root, after it has loaded what it needs. */
const dropRoot = isRoot
  ? `process.setgroups([]); process.setgid(${NOBODY}); process.setuid(${NOBODY});`
  : '';

/**
 * Returns what refuses further threads to a process, and what ends that.
 * @param {number} pid
 */
function threadsOf(pid) {
  const prlimit = (...args) =>
    execFileSync('prlimit', ['--pid', String(pid), ...args], { ...asOwner, encoding: 'utf8' });
  const before = prlimit('--nproc', '--output=SOFT', '--noheadings').trim();
  return {
    refuse: () => prlimit('--nproc=1:'),
    grant: () => prlimit(`--nproc=${before}:`),
  };
}

module.exports = { canRefuse, dropRoot, threadsOf };

'use strict';

// The two packages that every comparison runs: the published original, and ours.
//
// `SUBJECT` names another package to sit in our seat. `SUBJECT=platform-node-original node --test …`
// runs a suite with the original in both seats, which shows that the suite itself is right.

const ORIGINAL = 'platform-node-original';
const { SUBJECT } = process.env;

// Within its own repository a package finds its deep modules by its own name, through `exports`:
// https://nodejs.org/api/packages.html#self-referencing-a-package-using-its-name
const OURS = SUBJECT || 'pusher-platform-native';

module.exports = {
  // Getters, so that a file that needs one package never loads the other.
  get original() {
    return require(ORIGINAL);
  },
  get ours() {
    return require(SUBJECT || '../..');
  },
  originalModule: (name) => require(`${ORIGINAL}/target/${name}`),
  oursModule: (name) => require(`${OURS}/target/${name}`),
  // What a program of its own, in a child process, requires.
  names: { original: ORIGINAL, ours: OURS },
};

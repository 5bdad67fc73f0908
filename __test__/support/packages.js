'use strict';

// Names the two packages that every comparison runs: the published original, and ours.
//
// `SUBJECT` names another package to test instead of ours. `SUBJECT=platform-node-original node --test …` compares the original
// with itself, which shows that the suite itself is correct.

const ORIGINAL = 'platform-node-original';
const { SUBJECT } = process.env;

// Inside its own repository, a package resolves its deep modules by its own name, through `exports`:
// https://nodejs.org/api/packages.html#self-referencing-a-package-using-its-name
const OURS = SUBJECT || 'pusher-platform-native';

module.exports = {
  // These are getters, so that a file that needs one package never loads the other.
  get original() {
    return require(ORIGINAL);
  },
  get ours() {
    return require(SUBJECT || '../..');
  },
  originalModule: (name) => require(`${ORIGINAL}/target/${name}`),
  oursModule: (name) => require(`${OURS}/target/${name}`),
  // The names by which a program in a child process requires the packages.
  names: { original: ORIGINAL, ours: OURS },
};

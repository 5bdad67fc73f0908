'use strict';

// Reports tests as Node's own reporter `spec` does. If some fail, the output ends with a line for each of their files, which says how
// to run that file alone.

const path = require('path');
const { Readable } = require('stream');
const { spec } = require('node:test/reporters');

const root = path.join(__dirname, '..');

/** @param {AsyncIterable<{ type: string, data: { file?: string, name: string } }>} source */
module.exports = async function* reporter(source) {
  const failed = new Set();
  async function* observed() {
    for await (const event of source) {
      // The name of a file that fails as a whole is its path.
      if (event.type === 'test:fail') failed.add(event.data.file ?? event.data.name);
      yield event;
    }
  }
  yield* Readable.from(observed()).pipe(new spec());
  const node = process.env.TEST_NODE;
  for (const file of failed) {
    const name = path.relative(root, file).split(path.sep).join('/');
    yield `To run it alone: npm test -- ${node ? `--node ${node} ` : ''}${name}\n`;
  }
};

'use strict';

// Holds the table of reasons in docs/options.md to the texts in the sources, with which a call goes through Node's client.

const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');

const read = (file) => readFileSync(path.join(__dirname, '../..', file), 'utf8');

// Where a reason may stand in a source: the beginnings of functions and statements.
const SOURCES = {
  'lib/request/choice.js': /^(?:function reason\w+|const UNTOLD =)/gm,
  'lib/request/started.js': /^function reason\w+/gm,
  'lib/request/index.js': /^function reason\w+/gm,
  'lib/request/exchange.js': /^ *let reason =/gm,
  'src/request/describe.rs': /^(?:pub )?fn (?:refusal|reason_of_\w+)/gm,
  'src/request/clients.rs': /^ *pub fn reason_for_node/gm,
  'src/request/transport.rs': /^.*SendError::LeftToNode\("/gm,
};
// Texts that are no reasons.
const OTHERS = /^The environment variable /;

/** Returns the statement or function that begins at an index: up to the line that ends it with the same indentation. */
function statementAt(source, index) {
  const rest = source.slice(index);
  const [indentation] = /^ */.exec(rest);
  const isFunction = /^[ a-z]*(?:fn|function) /.test(rest);
  return rest.slice(0, rest.search(isFunction ? new RegExp(`^${indentation}}`, 'm') : /;$/m));
}

/** Returns the sentences among the strings of a source. */
function sentencesOf(source) {
  const code = source.replace(/^ *(?:\/\/|\*|\/\*).*$/gm, '');
  const texts = [];
  let end = 0;
  for (const match of code.matchAll(/'([^'\n]*)'|"([^"\n]*)"|`([^`]*)`/g)) {
    const text = match.slice(1).find((each) => each !== undefined);
    const isContinued = /^\s*\+\s*$/.test(code.slice(end, match.index));
    texts.push(isContinued ? texts.pop() + text : text);
    end = match.index + match[0].length;
  }
  return texts.filter((text) => text.includes(' ') && !OTHERS.test(text));
}

/** Returns an expression for the text of a template, whose gaps may have any text. */
function patternOf(template) {
  const parts = template
    .split(/\$\{[^}]*\}/)
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.+')}$`);
}

test('docs/options.md explains each reason for which a call goes through the client of Node, and no other', () => {
  const reasons = Object.entries(SOURCES).flatMap(([file, beginnings]) => {
    const source = read(file);
    const found = [...source.matchAll(beginnings)].flatMap(({ index }) =>
      sentencesOf(statementAt(source, index)),
    );
    assert.ok(found.length > 0, file);
    return found;
  });
  const [, table] = read('docs/options.md').split('| reason | what would make the call native |');
  const rows = table.slice(0, table.indexOf('\n\n')).split('\n').slice(2);
  const told = rows
    .flatMap((row) => row.split(' | ')[0].match(/`[^`]+`/g))
    .map((text) => text.slice(1, -1));
  const isOf = (text, reason) => patternOf(reason).test(text);
  const unexplained = reasons.filter((reason) => !told.some((text) => isOf(text, reason)));
  const unknown = told.filter((text) => !reasons.some((reason) => isOf(text, reason)));
  assert.deepEqual({ unexplained, unknown }, { unexplained: [], unknown: [] });
});

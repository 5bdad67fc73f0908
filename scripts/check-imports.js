'use strict';

// Checks the direction of imports in src/ and lib/: a folder imports only from the folders that it is allowed to import from (the
// first file of each folder lists them), and no chain of imports, however long, forms a cycle.

const fs = require('fs');
const path = require('path');

const root = path.join(__dirname, '..');

/** The files at the top level that every folder may import; the other files there are the public surface. */
const SHARED = ['src/interned.rs', 'lib/common.js', 'lib/text.js'];

/** The folders that each folder may import from, in addition to itself. */
const ALLOWED = {
  src: {
    instance: [],
    token: [],
    request: [],
    binding: ['instance', 'token', 'request'],
  },
  lib: {
    binding: [],
    instance: ['binding'],
    token: [],
    request: ['binding', 'instance'],
  },
};

function main() {
  const faults = ['src', 'lib'].flatMap((tree) => faultsOf(tree));
  for (const fault of faults) console.error(fault);
  console.log(`${faults.length} imports go the wrong way.`);
  process.exitCode = faults.length > 0 ? 1 : 0;
}

function faultsOf(tree) {
  const ending = tree === 'src' ? '.rs' : '.js';
  const files = fs
    .readdirSync(path.join(root, tree), { recursive: true })
    .map((file) => path.posix.join(tree, file))
    .filter((file) => file.endsWith(ending));
  const importsOf = tree === 'src' ? rustImports : javascriptImports;
  const graph = new Map(files.map((file) => [file, importsOf(file, files)]));
  return [...wrongFolders(tree, graph), ...cycles(graph)];
}

function wrongFolders(tree, graph) {
  const faults = [];
  for (const [file, imported] of graph) {
    const own = folderOf(file);
    const allowed = own === undefined ? undefined : ALLOWED[tree][own];
    for (const other of imported) {
      const folder = folderOf(other);
      if (allowed && folder !== own && !SHARED.includes(other) && !allowed.includes(folder)) {
        faults.push(
          `${file} imports ${other}: ${own}/ may import from ${allowed.join(', ') || 'no other folder'}`,
        );
      }
    }
  }
  return faults;
}

/** Returns the folder of src/ or lib/ that contains a file, or undefined for a file at the top level. */
function folderOf(file) {
  const parts = file.split('/');
  return parts.length > 2 ? parts[1] : undefined;
}

function cycles(graph) {
  const faults = [];
  const done = new Set();
  const visit = (file, way) => {
    if (way.includes(file)) {
      faults.push(
        `${[...way.slice(way.indexOf(file)), file].join(' -> ')}: these import each other`,
      );
    } else if (!done.has(file)) {
      for (const next of graph.get(file)) visit(next, [...way, file]);
      done.add(file);
    }
  };
  for (const file of graph.keys()) visit(file, []);
  return faults;
}

/** Returns the files that `file` requires, whether when it is loaded or later. */
function javascriptImports(file, files) {
  const found = new Set();
  for (const [, name] of read(file).matchAll(/require\('(\.[^']*)'\)/g)) {
    const base = path.posix.join(path.posix.dirname(file), name);
    const imported = [base, `${base}.js`, `${base}/index.js`].find((each) => files.includes(each));
    if (imported) found.add(imported);
  }
  return [...found];
}

/**
 * Returns the files whose modules `file` names in a path, except in its tests. A folder's mod.rs counts as importing nothing,
 * because it only declares the files of the folder.
 */
function rustImports(file, files) {
  const text = read(file)
    .split('#[cfg(test)]\nmod tests')[0]
    .replace(/\/\/.*$/gm, '');
  const here = path.posix
    .dirname(file)
    .slice('src'.length + 1)
    .split('/')
    .filter(Boolean);
  const found = new Set();
  for (const [, start, rest] of text.matchAll(/\b(crate|super)::((?:\w+::)*(?:\w+|\{[^}]*\}))/g)) {
    const base = start === 'crate' ? [] : here;
    for (const parts of expanded(rest)) {
      const imported = moduleOf([...base, ...parts], files);
      if (imported && imported !== file) found.add(imported);
    }
  }
  return path.posix.basename(file) === 'mod.rs' && here[0] !== 'binding' ? [] : [...found];
}

/** Splits `a::{b, c::d}` into `[[a, b], [a, c, d]]`. */
function expanded(text) {
  const [, start, list] = text.match(/^((?:\w+::)*)(?:\{([^}]*)\}|\w+)$/);
  const before = start.split('::').filter(Boolean);
  const ends = list === undefined ? [text.slice(start.length)] : list.split(',');
  return ends.map((end) => [...before, ...end.trim().split('::')]);
}

/** Returns the file of the module that a path leads into. */
function moduleOf(parts, files) {
  for (let length = parts.length; length > 0; length -= 1) {
    const base = `src/${parts.slice(0, length).join('/')}`;
    const found = [`${base}.rs`, `${base}/mod.rs`].find((each) => files.includes(each));
    if (found) return found;
  }
  return undefined;
}

function read(file) {
  return fs.readFileSync(path.join(root, file), 'utf8');
}

main();

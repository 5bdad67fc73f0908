'use strict';

// Collects the licences of the code that is linked into the addon, from the sources in cargo's registry, for the package that
// contains the addon.

const { execFileSync } = require('child_process');
const fs = require('fs');
const path = require('path');

const LICENCE_FILE = /^(licen[sc]e|copying|copyright|notice|unlicen[sc]e)/i;

// These crates are published without the text of their licence, which another package of the same repository contains.
const NAPI_RS = path.join(path.dirname(require.resolve('@napi-rs/cli/package.json')), 'LICENSE');
const TEXTS_ELSEWHERE = { napi: NAPI_RS, 'napi-sys': NAPI_RS };

/**
 * Returns the licences of the crates that are linked into the addon for `target`, as Markdown.
 * @param {string} root the folder of Cargo.toml
 * @param {string} target the target triple
 */
function crateNotices(root, target) {
  const crates = linkedCrates(root, target);
  // Texts that differ only in white space are printed once.
  const texts = new Map();
  for (const crate of crates) {
    for (const text of licenceTexts(crate)) {
      const words = text.replace(/\s+/g, ' ');
      const { names = [] } = texts.get(words) || {};
      texts.set(words, { text, names: [...names, nameOf(crate)] });
    }
  }
  const rows = crates.map((crate) => `| ${nameOf(crate)} | ${crate.license} |`);
  const sections = Array.from(
    texts.values(),
    ({ text, names }) => `## ${names.join(', ')}\n\n~~~text\n${text}\n~~~`,
  );
  return [
    '# Licences of the crates in this binary',
    'The licence of the Rust standard library is in COPYRIGHT-library.html.',
    ['| crate | licence |', '| --- | --- |', ...rows].join('\n'),
    ...sections,
    '',
  ].join('\n\n');
}

/** Returns the file in which the Rust project collects the licences of the dependencies of its standard library. */
function standardLibraryNotices() {
  const sysroot = execFileSync('rustc', ['--print', 'sysroot'], { encoding: 'utf8' }).trim();
  return path.join(sysroot, 'share/doc/rust/COPYRIGHT-library.html');
}

// Includes indirect dependencies, but not build dependencies, development dependencies and macros, which are not linked.
/** @param {string} root @param {string} target */
function linkedCrates(root, target) {
  const metadata = JSON.parse(
    execFileSync(
      'cargo',
      ['metadata', '--format-version', '1', '--locked', '--filter-platform', target],
      { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'inherit'] },
    ),
  );
  const packages = new Map(metadata.packages.map((crate) => [crate.id, crate]));
  const nodes = new Map(metadata.resolve.nodes.map((node) => [node.id, node]));
  const linked = new Set();
  const visit = (id) => {
    const isMacro = packages.get(id).targets.some(({ kind }) => kind.includes('proc-macro'));
    if (isMacro || linked.has(id)) {
      return;
    }
    linked.add(id);
    for (const { pkg, dep_kinds } of nodes.get(id).deps) {
      if (dep_kinds.some(({ kind }) => kind === null)) {
        visit(pkg);
      }
    }
  };
  visit(metadata.resolve.root);
  linked.delete(metadata.resolve.root);
  return Array.from(linked, (id) => packages.get(id)).sort((a, b) =>
    nameOf(a) < nameOf(b) ? -1 : 1,
  );
}

function licenceTexts(crate) {
  const folder = path.dirname(crate.manifest_path);
  const files = fs
    .readdirSync(folder)
    .filter((name) => LICENCE_FILE.test(name) && fs.statSync(path.join(folder, name)).isFile())
    .sort()
    .map((name) => path.join(folder, name));
  if (files.length === 0) {
    const elsewhere = TEXTS_ELSEWHERE[crate.name];
    if (!elsewhere) {
      throw new Error(
        `${nameOf(crate)} has no text of its licence: name one in scripts/notices.js`,
      );
    }
    files.push(elsewhere);
  }
  return files.map((file) => fs.readFileSync(file, 'utf8').trim());
}

function nameOf(crate) {
  return `${crate.name} ${crate.version}`;
}

module.exports = { crateNotices, standardLibraryNotices };

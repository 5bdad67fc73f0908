'use strict';

// Compares two tarballs byte by byte, and says where they differ.

const { execFileSync } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');
const { gunzipSync } = require('zlib');

const MAGIC = '\x7fELF';
// More places than this are only counted.
const MOST_PLACES = 5;
// A place includes differences that are fewer bytes apart than this.
const NEAR = 64;

/**
 * Returns the differences between two tarballs of one package, as sentences; an empty array if the archives in them have the same
 * bytes. Their compression is no difference, since it depends on the version of Node that packs.
 * @param {string} one a file
 * @param {string} other another file
 * @returns {string[]}
 */
function differences(one, other) {
  const archives = [one, other].map((file) => gunzipSync(fs.readFileSync(file)));
  if (archives[0].equals(archives[1])) {
    return [];
  }
  const stage = fs.mkdtempSync(path.join(os.tmpdir(), 'compare-'));
  try {
    const [mine, theirs] = archives.map((bytes, index) => {
      const folder = path.join(stage, String(index));
      fs.mkdirSync(folder);
      execFileSync('tar', ['-xpf', '-', '-C', folder], { input: bytes });
      return folder;
    });
    const names = [...new Set([...filesIn(mine), ...filesIn(theirs)])].sort();
    const found = names.flatMap((name) => differencesOf(name, mine, theirs));
    return found.length > 0 ? found : ['the headers of the archives differ, the files do not'];
  } finally {
    fs.rmSync(stage, { recursive: true });
  }
}

function filesIn(folder) {
  return fs
    .readdirSync(folder, { recursive: true })
    .filter((name) => fs.statSync(path.join(folder, name)).isFile());
}

function differencesOf(name, mine, theirs) {
  const files = [mine, theirs].map((folder) => path.join(folder, name));
  const missing = files.findIndex((file) => !fs.existsSync(file));
  if (missing >= 0) {
    return [`${name} is only in the ${missing === 0 ? 'second' : 'first'} tarball`];
  }
  const [one, other] = files.map((file) => fs.readFileSync(file));
  const modes = files.map((file) => (fs.statSync(file).mode & 0o777).toString(8));
  return [
    ...(modes[0] === modes[1] ? [] : [`${name} has mode ${modes[0]} and ${modes[1]}`]),
    ...placesOf(one, other).map((place) => `${name}: ${place}`),
  ];
}

/**
 * Returns the places at which two files differ, each with its section, if the files are ELF libraries, and its text.
 * @param {Buffer} one
 * @param {Buffer} other
 * @returns {string[]}
 */
function placesOf(one, other) {
  const sizes =
    one.length === other.length ? [] : [`it has ${one.length} and ${other.length} bytes`];
  const places = [];
  let count = 0;
  let last = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < Math.min(one.length, other.length); at += 1) {
    if (one[at] !== other[at]) {
      count += 1;
      if (at - last > NEAR) {
        places.push(at);
      }
      last = at;
    }
  }
  const sections = sectionsOf(one);
  const shown = places.slice(0, MOST_PLACES).map((at) => {
    const section = sections.find(({ start, size }) => at >= start && at < start + size);
    const where = `at byte ${at}${section ? ` in ${section.name}` : ''}`;
    return `${where}: ${JSON.stringify(textAt(one, at))} and ${JSON.stringify(textAt(other, at))}`;
  });
  const rest =
    places.length > MOST_PLACES ? [`${count} bytes differ in ${places.length} places`] : [];
  return [...sizes, ...shown, ...rest];
}

/** Returns the printable text around a place, or the bytes there in hexadecimal if there is none. */
function textAt(bytes, at) {
  const isText = (index) => bytes[index] >= 0x20 && bytes[index] < 0x7f;
  let start = at;
  let end = at;
  while (start > at - NEAR && isText(start - 1)) start -= 1;
  while (end < at + NEAR && isText(end)) end += 1;
  return end - start > 3
    ? bytes.toString('latin1', start, end)
    : bytes.subarray(at, at + 8).toString('hex');
}

/** Returns the sections of a 64-bit ELF library, and none for any other file (`man 5 elf`). */
function sectionsOf(bytes) {
  if (bytes.toString('latin1', 0, 4) !== MAGIC || bytes[4] !== 2) {
    return [];
  }
  const isLittle = bytes[5] === 1;
  const half = (at) => (isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const word = (at) => (isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const long = (at) => Number(isLittle ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at));
  const [table, size, count, names] = [long(40), half(58), half(60), half(62)];
  const header = (index) => table + index * size;
  const texts = long(header(names) + 24);
  return Array.from({ length: count }, (_, index) => {
    const name = texts + word(header(index));
    return {
      name: bytes.toString('latin1', name, bytes.indexOf(0, name)),
      start: long(header(index) + 24),
      size: long(header(index) + 32),
    };
  });
}

module.exports = { differences, placesOf };

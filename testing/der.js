'use strict';

// Encodes DER (X.690). Each element consists of a tag, the length of the content, and the content.

/** @param {number} tag @param {Buffer[]} contents */
function der(tag, ...contents) {
  const content = Buffer.concat(contents);
  if (content.length < 0x80) return Buffer.concat([Buffer.of(tag, content.length), content]);
  const hex = content.length.toString(16);
  const length = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  return Buffer.concat([Buffer.of(tag, 0x80 | length.length), length, content]);
}

/** @param {Buffer[]} items */
const sequence = (...items) => der(0x30, ...items);
/** @param {number} tag @param {Buffer[]} items */
const explicit = (tag, ...items) => der(0xa0 | tag, ...items);
/** @param {number} tag @param {Buffer} bytes */
const implicit = (tag, bytes) => der(0x80 | tag, bytes);
/** @param {boolean} value */
const boolean = (value) => der(0x01, Buffer.of(value ? 0xff : 0));
/** @param {number | Buffer} value */
const integer = (value) => der(0x02, typeof value === 'number' ? Buffer.of(value) : value);
/** @param {Buffer} bytes */
const bitString = (bytes, unusedBits = 0) => der(0x03, Buffer.of(unusedBits), bytes);
/** @param {Buffer} bytes */
const octetString = (bytes) => der(0x04, bytes);

// The first two numbers share one octet. Each number is in base 128; the high bit marks all octets but the last (X.690, 8.19).
/** @param {string} dotted */
function oid(dotted) {
  const [first, second, ...rest] = dotted.split('.').map(Number);
  /** @type {(number: number) => number[]} */
  const base128 = (number) =>
    number < 0x80
      ? [number]
      : [...base128(number >> 7).map((digit) => digit | 0x80), number & 0x7f];
  return der(0x06, Buffer.from([40 * first + second, ...rest.flatMap(base128)]));
}

/** @param {Buffer} bytes */
function pem(bytes) {
  const lines = bytes.toString('base64').replace(/.{64}(?=.)/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

module.exports = {
  bitString,
  boolean,
  der,
  explicit,
  implicit,
  integer,
  octetString,
  oid,
  pem,
  sequence,
};

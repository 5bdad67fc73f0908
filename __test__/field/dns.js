'use strict';

// A small DNS server (RFC 1035) that answers the questions for a zone as the zone says: with addresses, with an error, or not at
// all.

const dgram = require('node:dgram');
const { once } = require('node:events');
const { isIPv4 } = require('node:net');

const TYPES = { 1: 'A', 28: 'AAAA' };
const CODES = { servfail: 2, nxdomain: 3, refused: 5 };

/**
 * @typedef {string[] | 'servfail' | 'nxdomain' | 'refused' | 'dropped'} Records the addresses of a name, of which there may be
 *   none, or how the question ends without them
 * @typedef {Record<string, { A?: Records, AAAA?: Records, after?: number }>} Zone what is known of each name, and after how many
 *   milliseconds it is told; other names do not exist
 */

/**
 * Starts a server for a zone.
 * @param {Zone} zone
 * @param {string} address
 */
async function startDns(zone, address) {
  const server = dgram.createSocket('udp4');
  server.on('message', (query, { port, address: asker }) => {
    const { answer, after } = answerTo(query, zone);
    if (answer) setTimeout(() => server.send(answer, port, asker), after);
  });
  server.bind(53, address);
  await once(server, 'listening');
}

function answerTo(query, zone) {
  const { name, type, end } = questionOf(query);
  const known = zone[name.toLowerCase()];
  const records = known ? (known[TYPES[type]] ?? []) : 'nxdomain';
  if (records === 'dropped') return {};
  const list = Array.isArray(records) ? records : [];

  const head = Buffer.alloc(12);
  query.copy(head, 0, 0, 2);
  head[2] = 0x84 | (query[2] & 0x01); // A response, by an authority; recursion is desired if the query says so.
  head[3] = 0x80 | (CODES[records] ?? 0); // Recursion is available.
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(list.length, 6);
  const answer = [head, query.subarray(12, end), ...list.map((each) => recordOf(each))];
  return { answer: Buffer.concat(answer), after: known?.after ?? 0 };
}

function questionOf(query) {
  const labels = [];
  let at = 12;
  while (query[at] > 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + query[at]));
    at += 1 + query[at];
  }
  return { name: labels.join('.'), type: query.readUInt16BE(at + 1), end: at + 5 };
}

// The name is a pointer to that of the question; the class is IN, and nothing may be kept.
function recordOf(address) {
  const bytes = bytesOf(address);
  const record = Buffer.alloc(12);
  record.writeUInt16BE(0xc00c, 0);
  record.writeUInt16BE(isIPv4(address) ? 1 : 28, 2);
  record.writeUInt16BE(1, 4);
  record.writeUInt16BE(bytes.length, 10);
  return Buffer.concat([record, bytes]);
}

function bytesOf(address) {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  const [before, after = []] = address.split('::').map((half) => half.split(':').filter(Boolean));
  const groups = [...before, ...Array(8 - before.length - after.length).fill('0'), ...after];
  return Buffer.from(groups.map((group) => group.padStart(4, '0')).join(''), 'hex');
}

module.exports = { startDns };

'use strict';

// Keeps to what Node's permission model says of the network, which an addon could pass by.

/** @type {boolean | undefined} */
let knowsOfNet;

/** Whether the running Node was started with permissions, among which the network is not. Known to Node from 25 on. */
exports.isNetDenied = () => {
  /** @type {any} */
  const { permission } = process;
  if (permission === undefined || permission.has('net')) {
    return false;
  }
  if (knowsOfNet === undefined) {
    knowsOfNet = process.allowedNodeEnvironmentFlags.has('--allow-net');
  }
  return knowsOfNet;
};

/**
 * Rejects with Node's own error for a connection that it does not allow.
 * @param {string} authority
 * @returns {Promise<never>}
 */
exports.denial = (authority) =>
  new Promise((_resolve, reject) => {
    const { hostname, port } = new URL(`https://${authority}`);
    const host = hostname.replace(/^\[|\]$/g, '');
    const socket = require('net').connect({ host, port: Number(port || 443) });
    socket.on('error', reject);
    // Nothing is sent, whatever Node says by then.
    socket.on('connect', () => socket.destroy(new Error('The network was denied')));
  });

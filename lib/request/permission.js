'use strict';

// Applies the network permission of Node's permission model, which an addon could bypass.

/** @type {boolean | undefined} */
let knowsOfNet;

/** Returns whether Node's permission model denies the network. Node has this permission since version 25. */
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
 * Returns a promise that rejects with Node's own error for a connection that its permission model denies.
 * @param {string} authority
 * @returns {Promise<never>}
 */
exports.denial = (authority) =>
  new Promise((_resolve, reject) => {
    const { hostname, port } = new URL(`https://${authority}`);
    const host = hostname.replace(/^\[|\]$/g, '');
    const socket = require('net').connect({ host, port: Number(port || 443) });
    socket.on('error', reject);
    // Nothing is sent, even if Node allows the connection by then.
    socket.on('connect', () => socket.destroy(new Error('The network was denied')));
  });

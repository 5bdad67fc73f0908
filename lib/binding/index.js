'use strict';

// Loads the addon, or throws an error that says which one is missing and how to get it.
// Whatever uses the addon's functions belongs in the other folders.
// The files here import from no other folder.

/**
 * The exports of the addon that are registered without napi-derive, which writes the types of the others: see
 * `src/binding/hot.rs`.
 * @typedef {object} Hot
 * @property {(authenticator: number, issuedAt: number, expiresAt: number, userId?: string, su?: boolean, serviceClaims?:
 *   string) => string | null} accessToken
 * @property {(authenticator: number, issuedAt: number, userId?: string) => string | null} refreshToken
 * @property {(authenticator: number, token: unknown, now: number) => string | { refusal?: string, subject?: unknown } |
 *   null} verifyRefreshToken
 */

// Only a process with one of these options may be building a snapshot, and asking it loads a module for a millisecond.
const SNAPSHOT = /^--(build-snapshot|experimental-sea-config|build-sea)/;

if (process.execArgv.some((option) => SNAPSHOT.test(option)) && isBuildingSnapshot()) {
  throw require('./no_binary').inSnapshot();
}

/** @type {typeof import('../../binding') & Hot} */
const native = load();

function load() {
  try {
    return /** @type {any} */ (require('../../binding.js'));
  } catch (cause) {
    throw require('./no_binary').noBinary(cause);
  }
}

function isBuildingSnapshot() {
  /** @type {any} */
  const { startupSnapshot } = require('v8');
  return startupSnapshot?.isBuildingSnapshot();
}

module.exports = native;

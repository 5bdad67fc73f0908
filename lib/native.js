'use strict';

// Loads the addon, or says which one is missing and how to get it.

/**
 * What the addon exports without napi-derive, which writes the types of the rest: see `src/binding/hot.rs`.
 * @typedef {object} Hot
 * @property {(authenticator: number, issuedAt: number, expiresAt: number, userId?: string, su?: boolean, serviceClaims?:
 *   string) => string | null} accessToken
 * @property {(authenticator: number, issuedAt: number, userId?: string) => string | null} refreshToken
 * @property {(authenticator: number, token: unknown, now: number) => string | { refusal?: string, subject?: unknown } |
 *   null} verifyRefreshToken
 * @property {(queue: number) => boolean} agreesWithProcess
 */

/** @type {typeof import('../binding') & Hot} */
const native = load();

function load() {
  try {
    return /** @type {any} */ (require('../binding.js'));
  } catch (cause) {
    throw require('./no_binary').noBinary(cause);
  }
}

module.exports = native;

'use strict';

// Converts values to text where a value that has none must not fail what is done: in errors and in logs.

// The texts of a few values together must not be longer than a string can be, which is 2²⁸ characters at least.
const LONGEST = 2 ** 20;

/**
 * Returns the text of a value. If converting it throws, as that of an object without a prototype and that of an array that is nested
 * too deep do, the text says what kind of object it is. The rest of a text of more than a million characters is left out.
 * @param {unknown} value
 * @returns {string}
 */
exports.textOf = (value) => {
  try {
    const text = String(value);
    return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  } catch {
    return isArray(value) ? '[object Array]' : '[object Object]';
  }
};

/** @param {unknown} value */
function isArray(value) {
  try {
    return Array.isArray(value);
  } catch {
    // A Proxy that was revoked cannot even be asked.
    return false;
  }
}

'use strict';

// Query strings, by the libraries and with the options that the original's HTTP library uses.

/** @param {any} parameters @param {any} useQuerystring */
exports.queryString = (parameters, useQuerystring) => {
  // A function would replace a method of the original's request, which takes none.
  if (!parameters || typeof parameters === 'function') {
    return '';
  }
  /** @type {any} */
  const copy = {};
  for (const name in parameters) {
    copy[name] = parameters[name];
  }
  if (useQuerystring) {
    // RFC 3986, section 2.2: what querystring leaves and the standard reserves.
    return require('querystring')
      .stringify(copy)
      .replace(/[!'()*]/g, percent);
  }
  return require('qs').stringify(copy);
};

/** @param {string} character */
function percent(character) {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

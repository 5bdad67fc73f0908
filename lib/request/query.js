'use strict';

// Builds query strings with the libraries and options that the original's HTTP library uses.

/** @param {any} parameters @param {any} useQuerystring */
exports.queryString = (parameters, useQuerystring) => {
  // The original's HTTP library ignores a function, which would replace a method of its request.
  if (!parameters || typeof parameters === 'function') {
    return '';
  }
  /** @type {any} */
  const copy = {};
  for (const name in parameters) {
    copy[name] = parameters[name];
  }
  if (useQuerystring) {
    // RFC 3986, section 2.2, reserves these characters, which `querystring` does not percent-encode.
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

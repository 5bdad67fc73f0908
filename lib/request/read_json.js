'use strict';

// Provides the helper that the README of the original describes and its code lacks.

/**
 * Resolves with the parsed JSON of a response's body.
 * @param {any} response
 */
exports.readJSON = async (response) => JSON.parse(response.body);

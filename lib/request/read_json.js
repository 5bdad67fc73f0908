'use strict';

// The original's README promises it; its code never had it.

/**
 * The JSON of a response's body.
 * @param {any} response
 */
exports.readJSON = async (response) => JSON.parse(response.body);

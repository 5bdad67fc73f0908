'use strict';

// Moved to testing/, which is published.

module.exports = require('../../testing/certificates');

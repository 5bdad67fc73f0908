'use strict';

// Runs under Jest and Vitest, each of which gives a test file a realm of its own. Calls are sent natively there as well.

const { native } = require('./native');

test('calls are sent natively', native);

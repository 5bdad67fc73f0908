'use strict';

// Makes this process send its requests through Node's own `https` module, where interceptors such as nock and msw see them. A
// test loads this file directly, with `node --require`, or as a set-up file of Jest or Vitest.

const { useNodeHttp } = require('../lib/request/choice');

useNodeHttp();

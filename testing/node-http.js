'use strict';

// Sends this process's requests through Node's own `https`, where interceptors such as nock and msw see them: loaded by a
// test, by `node --require`, or as a set-up file of Jest or Vitest.

require('../lib/interceptors').useNodeHttp();

'use strict';

// Makes this process send its requests by Node's own `https`, where interceptors such as nock and msw see them. It is loaded
// by a test, by `node --require`, or as a set-up file of Jest or Vitest.

require('../lib/request/node_http/interceptors').useNodeHttp();

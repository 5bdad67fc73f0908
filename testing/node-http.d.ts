/**
 * Makes this process send its requests by Node's own `https`, where interceptors such as nock and msw see them. Options,
 * results and retries are those of native requests; errors are those of Node. The module exports nothing. It is loaded by a
 * test, by `node --require`, or as a set-up file of Jest or Vitest.
 * @module
 */
export {};

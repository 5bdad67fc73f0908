/**
 * Sends this process's requests through Node's own `https`, where interceptors such as nock and msw see them, with the
 * options, results and retries of native requests; errors are those of Node. It exports nothing: it is loaded by a test, by
 * `node --require`, or as a set-up file of Jest or Vitest.
 * @module
 */
export {};

'use strict';

// Performs a call one request at a time, if an observer watches each request or Node's own client sends them. The rules of the
// native transport decide which request comes next, and when.

const { listen } = require('./abort');
const { failureOf } = require('./failure');
const { packHeaders } = require('./headers');
const { usesNodeHttp } = require('./node_http/interceptors');
const native = require('../binding');
const responses = require('./response');
const { conclude, perform } = require('./transport');
const undici = require('./observers/undici_channels');

/**
 * Work that can be cancelled.
 * @typedef {object} Work
 * @property {Promise<any>} promise
 * @property {() => void} cancel
 */

/** Returns whether calls are performed one request at a time. */
exports.isStepwise = () => undici.isWatched() || usesNodeHttp();

/**
 * Performs a call and settles it.
 * @param {any} input the arguments of `native.send`, without the ticket
 * @param {any} call
 * @param {any} signal the signal that aborts the call, if it has one
 * @param {string | undefined} ca
 */
exports.run = (input, call, signal, ca) => {
  answerTo(input, call, signal, ca)
    .then((response) => conclude(call, response))
    .catch(call.reject);
};

/** @param {any} input @param {any} call @param {any} signal @param {string | undefined} ca */
async function answerTo(input, call, signal, ca) {
  /** @type {import('../../binding').Exchange} */
  const exchange = new /** @type {any} */ (native.Exchange)(...input);
  const body = input[7];
  const way = usesNodeHttp() ? nodeWay(call, body, ca) : nativeWay(exchange, call, body);
  const life = lifeOf(exchange, signal);
  try {
    return await lastOf(exchange, call, life, way);
  } finally {
    // A response may have arrived at the moment when the call was aborted. `leave` frees its connection.
    exchange.leave();
    life.end();
  }
}

/**
 * Makes attempts until none may follow. Returns the response of the last attempt, or throws its failure.
 * @param {import('../../binding').Exchange} exchange
 * @param {any} call
 * @param {Life} life
 * @param {Way} way
 */
async function lastOf(exchange, call, life, way) {
  for (let count = 1; ; count++) {
    call.record?.tried(count);
    /** @type {any} */
    const end = await attempt(exchange, call, life, way).catch((error) => ({ error }));
    const delay = delayAfter(exchange, end);
    if (delay !== null) {
      // The wait rejects if the call ends first.
      await life.within(perform((queue, ticket) => native.wait(queue, ticket, delay), call));
    } else if ('error' in end) {
      throw end.error;
    } else {
      return end.response;
    }
  }
}

/**
 * Sends a request, follows its redirects, and returns the last response.
 * @param {import('../../binding').Exchange} exchange
 * @param {any} call
 * @param {Life} life
 * @param {Way} way
 */
async function attempt(exchange, call, life, { send, tell }) {
  let step = exchange.begin();
  for (;;) {
    if (step.failure) {
      throw failureOf(step.failure, call);
    }
    const told = tell(step);
    try {
      const answer = await life.within(send(step, told.added));
      told.answered(answer.response, answer.peer);
      const { statusCode, headers } = answer.response;
      const next = exchange.follow(statusCode, String(headers.location || ''));
      if (!next) {
        const response = await life.within(answer.read());
        told.ended(response);
        return { response };
      }
      // The body of a redirect is not read, since it may never end.
      answer.leave();
      told.ended();
      step = next;
    } catch (error) {
      told.failed(error);
      throw error;
    }
  }
}

/**
 * Returns the milliseconds until the next attempt, or null if there is none.
 * @param {import('../../binding').Exchange} exchange
 * @param {{ response?: any, error?: any }} end
 */
function delayAfter(exchange, { response, error }) {
  if (response !== undefined) {
    const { statusCode, headers } = response;
    const asked = headers['retry-after'];
    return exchange.delayAfterAnswer(statusCode, asked === undefined ? asked : String(asked));
  }
  const causes = Array.isArray(error?.errors) ? error.errors : [];
  const codes = [error, ...causes].map((each) => each?.code);
  return exchange.delayAfterFailure(codes.filter((code) => typeof code === 'string'));
}

/**
 * Watches what may end a call from outside: its signal and its time limit.
 * @typedef {ReturnType<typeof lifeOf>} Life
 * @param {import('../../binding').Exchange} exchange
 * @param {any} signal
 */
function lifeOf(exchange, signal) {
  /** @type {(reason: any) => void} */
  let stop = () => {};
  const stopped = new Promise((_resolve, reject) => {
    stop = reject;
  });
  stopped.catch(() => {});
  const ignore = signal === undefined || signal === null ? undefined : listen(signal, stop);
  const timer = exchange.hasTimeout
    ? perform((queue, ticket) => exchange.expire(queue, ticket), {})
    : undefined;
  timer?.promise.catch(stop);
  return {
    /** @param {Work} work work that is cancelled if the call ends first */
    async within(work) {
      try {
        return await Promise.race([work.promise, stopped]);
      } finally {
        work.cancel();
      }
    },
    /** Throws what the signal throws. */
    end() {
      timer?.cancel();
      ignore?.();
    },
  };
}

/**
 * A way of sending the requests of a call: `send` sends a request, and `tell` reports it to observers.
 * @typedef {object} Way
 * @property {(step: import('../../binding').Step) => any} tell
 * @property {(step: import('../../binding').Step, added: any) => Work} send
 */

/**
 * Returns the way through the native transport.
 * @param {import('../../binding').Exchange} exchange
 * @param {any} call
 * @param {string | undefined} body
 * @returns {Way}
 */
function nativeWay(exchange, call, body) {
  const read = () => {
    const { promise, cancel } = perform((queue, ticket) => exchange.read(queue, ticket), call);
    return { promise: promise.then(responseOf), cancel };
  };
  /** @param {any} _step @param {any} added */
  const send = (_step, added) => {
    const { packed, count } = packHeaders(added);
    const { promise, cancel } = perform(
      (queue, ticket) => exchange.send(queue, ticket, packed, count),
      call,
    );
    const answered = promise.then((outcome) => ({
      response: responseOf(outcome),
      peer: exchange.peer,
      read,
      leave: () => exchange.leave(),
    }));
    return { promise: answered, cancel };
  };
  return { send, tell: (step) => undici.tell(step, body) };
}

/**
 * Returns the way through Node's own client. Observers of that client see its requests without reports from this package.
 * @param {any} call
 * @param {string | undefined} body
 * @param {string | undefined} ca
 * @returns {Way}
 */
function nodeWay({ headers }, body, ca) {
  const { send } = require('./node_http');
  const nothing = () => {};
  const silent = { added: {}, answered: nothing, ended: nothing, failed: nothing };
  return { send: (step) => send(step, body, ca, headers), tell: () => silent };
}

/** @param {{ status: number, head: string, body: string }} outcome */
function responseOf({ status, head, body }) {
  return responses.responseOf(status, head, body);
}

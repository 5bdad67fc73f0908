'use strict';

// Makes a call request by request, where somebody looks at each or Node's own client sends them. What comes next, and when,
// is said by the rules of the native transport.

const { leave, listen } = require('./abort');
const { failureOf } = require('./failure');
const { packHeaders } = require('./headers');
const { usesNodeHttp } = require('./node_http/interceptors');
const native = require('../binding');
const { reasonOf } = require('./options');
const responses = require('./response');
const { conclude, perform } = require('./transport');
const undici = require('./observers/undici_channels');

/**
 * @typedef {object} Work
 * @property {Promise<any>} promise
 * @property {() => void} cancel
 */

/** Whether calls are to be made so. */
exports.isStepwise = () => undici.isWatched() || usesNodeHttp();

/**
 * @param {any} input what `native.send` takes, without the ticket
 * @param {any} call
 * @param {string | undefined} ca
 */
exports.run = (input, call, ca) => {
  answerTo(input, call, ca)
    .then((response) => conclude(call, response))
    .catch(call.reject);
};

/** @param {any} input @param {any} call @param {string | undefined} ca */
async function answerTo(input, call, ca) {
  /** @type {import('../../binding').Exchange} */
  const exchange = new /** @type {any} */ (native.Exchange)(...input);
  const body = input[7];
  const way = usesNodeHttp() ? nodeWay(call, body, ca) : nativeWay(exchange, call, body);
  const life = lifeOf(exchange, call.signal);
  try {
    return await lastOf(exchange, call, life, way);
  } finally {
    life.end();
    // An answer may have come in the moment in which the call was aborted; its connection is given back.
    exchange.leave();
  }
}

/**
 * Tries until there is a last answer, which it gives, or a last failure, which it throws.
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
      // Which fails where the call is over.
      await life.within(perform((queue, ticket) => native.wait(queue, ticket, delay), call));
    } else if ('error' in end) {
      throw end.error;
    } else {
      return end.response;
    }
  }
}

/**
 * Sends a request and follows its redirects.
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
      // Without its rest, which may never end.
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
 * Milliseconds until the next attempt; null where there is none.
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
 * What a call may be ended by, from outside: its signal, and its time.
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
  const abort = () => stop(reasonOf(signal));
  if (signal !== undefined) {
    listen(signal, abort);
  }
  const timer = exchange.hasTimeout
    ? perform((queue, ticket) => exchange.expire(queue, ticket), {})
    : undefined;
  timer?.promise.catch(stop);
  return {
    /** @param {Work} work which is cancelled where the call ends first */
    async within(work) {
      try {
        return await Promise.race([work.promise, stopped]);
      } finally {
        work.cancel();
      }
    },
    end() {
      if (signal !== undefined) {
        leave(signal, abort);
      }
      timer?.cancel();
    },
  };
}

/**
 * @typedef {object} Way
 * @property {(step: import('../../binding').Step) => any} tell
 * @property {(step: import('../../binding').Step, added: any) => Work} send
 */

/**
 * By the native transport.
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
 * By Node's own client, which those who look on see by themselves.
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

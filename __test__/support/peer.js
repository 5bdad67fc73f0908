'use strict';

// Starts processes that make requests with one of the two packages. The trust store of a process is fixed when the process
// starts, so each package gets a process of its own, which receives recipes of calls and replies with their outcomes.

const { fork } = require('node:child_process');
const { once } = require('node:events');
const { IncomingMessage } = require('node:http');
const Module = require('node:module');
const { inspect } = require('node:util');

const { asyncOutcome, shape } = require('./outcome');
const { build } = require('./recipe');

// This time is long enough for a slow machine, and short enough to report a call that never settles.
const PATIENCE = 60_000;

// The rest of the host's environment is not passed on: its proxies would redirect the requests.
const INHERITED = ['PATH', 'HOME', 'SystemRoot'];

/**
 * Starts a process that loads `packageName`, loads the service SDK `sdk` if a call needs it, and trusts `caFile`. If the process
 * ends or hangs, its current call fails, and the next call starts a new process.
 *
 * @returns {{ call(call: object): Promise<object>, close(): Promise<void> }} `call` takes the calls
 *   of `calls` below, as `{ kind, … }`
 */
function startPeer(packageName, caFile, sdk = '@pusher/chatkit-server') {
  let peer;
  return {
    async call(call) {
      peer ??= startProcess(packageName, caFile, sdk);
      let timer;
      const hung = new Promise((_resolve, reject) => {
        timer = setTimeout(() => {
          const error = new Error(
            `${packageName} never finished ${inspect(call, { depth: null })}`,
          );
          reject(Object.assign(error, { code: 'ERR_HUNG' }));
        }, PATIENCE);
      });
      try {
        return await Promise.race([peer.call(call), hung]);
      } catch (error) {
        peer.kill();
        peer = undefined;
        throw error;
      } finally {
        clearTimeout(timer);
      }
    },
    async close() {
      await peer?.close();
    },
  };
}

function startProcess(packageName, caFile, sdk) {
  const inherited = INHERITED.filter((name) => name in process.env);
  const child = fork(__filename, [packageName, sdk], {
    env: {
      ...Object.fromEntries(inherited.map((name) => [name, process.env[name]])),
      NODE_EXTRA_CA_CERTS: caFile,
    },
    // Structured cloning distinguishes undefined, NaN, -0 and BigInts.
    serialization: 'advanced',
    execArgv: [],
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  });
  let stderr = '';
  child.stderr.on('data', (bytes) => {
    stderr += bytes;
  });
  // The child's own 'close' event is no help here: it waits for a disconnect that never comes.
  const ended = Promise.all([once(child, 'exit'), once(child.stderr, 'close')]);

  return {
    async call(call) {
      child.send(call);
      const answered = once(child, 'message');
      const [answer] = await Promise.race([answered, ended.then(() => [undefined])]);
      if (!answer) throw new Error(`${packageName} ended its process:\n${stderr}`);
      return answer;
    },
    kill() {
      child.kill('SIGKILL');
    },
    async close() {
      child.disconnect();
      await ended;
    },
  };
}

/** Describes what a caller can observe of a response, except what is private to the original's HTTP library. */
function describeResponse(response) {
  if (!(response instanceof IncomingMessage)) return shape(response);
  const properties = ['statusCode', 'statusMessage', 'httpVersion', 'httpVersionMajor']
    .concat(['httpVersionMinor', 'headers', 'rawHeaders', 'trailers', 'rawTrailers', 'body'])
    .concat(['complete', 'aborted', 'destroyed', 'readable', 'readableEnded', 'readableLength'])
    .concat(['errored', 'method', 'url']);
  return {
    class: response.constructor.name,
    ...Object.fromEntries(properties.map((name) => [name, shape(response[name])])),
    bodyAttributes: shape(Object.getOwnPropertyDescriptor(response, 'body')),
    json: shape(jsonOf(response)),
    next: shape(response.read()),
  };
}

// The original's HTTP library adds `request`, an object of its own, which JSON may not be able to represent.
function jsonOf(response) {
  const { request, ...rest } = response.toJSON?.() ?? JSON.parse(JSON.stringify(response));
  return JSON.parse(JSON.stringify(rest));
}

/** The calls that a peer makes, by their kind. */
const calls = {
  /**
   * Makes one request of a new Instance with an SDKInfo of its own. `options` and `sdkInfo` are recipes; `client` and `headers`
   * change the client and the SDKInfo's headers after their construction.
   */
  request(module, { instance: constructed, sdkInfo, client, headers, options }) {
    const info = new module.SDKInfo(build(sdkInfo));
    const instance = new module.Instance({ ...constructed, sdkInfo: info });
    Object.assign(instance.client, client);
    Object.assign(info.headers, build(headers));
    return asyncOutcome(() => instance.request(build(options)), describeResponse);
  },

  /** Makes several requests of one Instance, one after another. */
  async sequence(module, { instance: constructed, sdkInfo, list }) {
    const info = new module.SDKInfo(build(sdkInfo));
    const instance = new module.Instance({ ...constructed, sdkInfo: info });
    const outcomes = [];
    for (const options of list) {
      outcomes.push(await asyncOutcome(() => instance.request(build(options)), describeResponse));
    }
    return { outcomes, headers: shape(info.headers) };
  },

  /**
   * Calls one method of `@pusher/chatkit-server`, or several methods of one Chatkit, one after another. Each call is `[method,
   * args, clock]`; `args` are recipes.
   */
  async chatkit(module, { chatkit, list }) {
    const { default: Chatkit, ErrorResponse } = loadChatkit();
    if (ErrorResponse !== module.ErrorResponse) throw new Error('Chatkit has another package');
    const realNow = Date.now;
    const outcomes = [];
    try {
      Date.now = () => list[0].clock;
      const kit = new Chatkit(build(chatkit));
      for (const { method, args, clock } of list) {
        Date.now = () => clock;
        const call = () => {
          const result = kit[method](...args.map((arg) => build(arg)));
          return result instanceof Promise ? result.catch(withoutState) : result;
        };
        outcomes.push(await asyncOutcome(call, describeResponse));
      }
    } catch (error) {
      outcomes.push({ threw: shape(error) });
    } finally {
      Date.now = realNow;
    }
    return { outcomes };
  },
};

// The names by which the service SDK requires the original.
const ORIGINALS = ['@pusher/platform-node', 'pusher-platform-node'];

/** Loads the service SDK with this process's package in place of the original. */
function loadChatkit() {
  const resolved = require.resolve(process.argv[2]);
  const resolve = Module._resolveFilename;
  Module._resolveFilename = function (request, ...rest) {
    return ORIGINALS.includes(request) ? resolved : resolve.call(this, request, ...rest);
  };
  try {
    return require(process.argv[3]);
  } finally {
    Module._resolveFilename = resolve;
  }
}

// The HTTP library that the service SDK uploads with copies its whole state into its errors.
function withoutState(error) {
  if (!error.gotOptions) throw error;
  throw Object.assign(new Error(error.message), { code: error.name, status: error.statusCode });
}

if (require.main === module) {
  const module = require(process.argv[2]);
  process.on('message', async ({ kind, ...call }) => {
    process.send(await calls[kind](module, call));
  });
}

module.exports = { startPeer };

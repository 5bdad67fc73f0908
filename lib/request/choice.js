'use strict';

// Decides by which way the calls of this environment go: natively, or through Node's own client if the program has decided
// something about its connections that only that client follows. When in doubt, it is Node's client.

const dns = require('dns');
const http = require('http');
const https = require('https');
const net = require('net');
const tls = require('tls');
const { isProxy } = require('util').types;

const { addedRootsAreUnknown, versionsNow } = require('./trust');

/** @type {any} */
const { getFips, constants } = require('crypto');

// The choice of a program is stored on an object that all copies of this package in a process share, since Jest and Vitest load
// the package again for each file of tests.
const ASKED = Symbol.for('pusher-platform-native.node-http');
/** @type {any} */
const shared = http;
/** @type {any} */
const { versions } = process;

const TRANSPORT = 'PUSHER_PLATFORM_TRANSPORT';
const transport = process.env[TRANSPORT];

// Options of Node that only its own TLS follows. `--tls-cipher-list` is not among them: it shows in `tls.DEFAULT_CIPHERS`, and the
// test runner of Node 24 passes it to each of its processes, with Node's default.
const FLAG =
  /^--(tls-keylog|use-openssl-ca|openssl-config|openssl-shared-config|enable-fips|force-fips)(=|$)/;
// A file with the instrumentations of dd-trace.
const DATADOG = /[\\/]dd-trace[\\/]packages[\\/]datadog-instrumentations[\\/]/;
const flags = [...process.execArgv, ...(process.env.NODE_OPTIONS || '').split(/\s+/)];
const flag = flags.find((each) => FLAG.test(each));

/**
 * The functions through which Node's client makes its connections, each with the modules of Node that may define it.
 * @type {Array<[name: string, modules: string[], read: () => any]>}
 */
const FUNCTIONS = [
  ['http.ClientRequest', ['_http_client'], () => http.ClientRequest],
  ['http.request', ['http'], () => http.request],
  ['https.request', ['https'], () => https.request],
  ['dns.lookup', ['dns'], () => dns.lookup],
  ['net.connect', ['net'], () => net.connect],
  ['net.Socket.prototype.connect', ['net'], () => net.Socket.prototype.connect],
  ['tls.connect', ['_tls_wrap', 'internal/tls/wrap'], () => tls.connect],
  [
    'tls.createSecureContext',
    ['_tls_common', 'internal/tls/common'],
    () => tls.createSecureContext,
  ],
  ['tls.checkServerIdentity', ['tls'], () => tls.checkServerIdentity],
];

/** Whether functions that were looked at are Node's own. @type {WeakMap<Function, boolean>} */
const known = new WeakMap();
/** The names of the options that Node's own agent has. @type {Set<string> | undefined} */
let usualOptions;
/** What was seen last of what a program may change at any time. @type {any} */
let seen = {};
/** @type {string | undefined} */
let reason;
/** Whether the reason is that the program makes its connections itself, so that the agent is its own as well. */
let isOfProgram = false;

/** Returns why calls go through Node's client, or undefined if they are sent natively. Throws if the choice is not known. */
exports.reasonForNode = () => {
  const { ClientRequest, request } = http;
  const { connect, createSecureContext, checkServerIdentity } = tls;
  const { DEFAULT_CIPHERS: ciphers, DEFAULT_ECDH_CURVE: curve } = tls;
  const isUnchanged =
    ClientRequest === seen.ClientRequest &&
    request === seen.request &&
    https.request === seen.secureRequest &&
    https.globalAgent === seen.agent &&
    dns.lookup === seen.lookup &&
    net.connect === seen.netConnect &&
    net.Socket.prototype.connect === seen.socketConnect &&
    connect === seen.connect &&
    createSecureContext === seen.createSecureContext &&
    checkServerIdentity === seen.checkServerIdentity &&
    ciphers === seen.ciphers &&
    curve === seen.curve &&
    shared[ASKED] === seen.asked &&
    /** @type {any} */ (globalThis).GLOBAL_AGENT === seen.globalAgent;
  if (!isUnchanged) {
    seen = {
      ClientRequest,
      request,
      secureRequest: https.request,
      agent: https.globalAgent,
      lookup: dns.lookup,
      netConnect: net.connect,
      socketConnect: net.Socket.prototype.connect,
      connect,
      createSecureContext,
      checkServerIdentity,
      ciphers,
      curve,
      asked: shared[ASKED],
      globalAgent: /** @type {any} */ (globalThis).GLOBAL_AGENT,
    };
    reason = reasonNow();
  }
  return reason;
};

/** Returns whether the program makes its connections itself, by an interceptor, a function or an agent of its own. */
exports.connectsItself = () => exports.reasonForNode() !== undefined && isOfProgram;

/** Decides again with the next call, also by what costs too much to look at for each call. */
exports.lookAgain = () => {
  seen.asked = seen;
};

/** Returns whether an interceptor, such as those of nock and msw, answers in place of servers. */
exports.isIntercepted = () => isInterceptor(http.ClientRequest);

/** Sends all later requests through Node's client. */
exports.useNodeHttp = () => {
  Object.defineProperty(shared, ASKED, { value: true, configurable: true });
};

function reasonNow() {
  const asked = reasonOfSwitch();
  const own = reasonOfProgram();
  isOfProgram = own !== undefined;
  return asked || own || reasonInSettings();
}

/** Returns why somebody has asked for Node's client, or why Node has to be asked. */
function reasonOfSwitch() {
  if (transport === 'node') {
    return `${TRANSPORT} is node`;
  }
  if (transport !== undefined && transport !== '' && transport !== 'auto') {
    const message = `The environment variable ${TRANSPORT} must be "auto" or "node"; it is "${transport}"`;
    throw Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG_VALUE' });
  }
  if (shared[ASKED] === true) {
    return 'pusher-platform-native/testing/node-http is loaded';
  }
  return isNetDenied() ? "Node's permission model denies the network" : undefined;
}

/** Returns what the program does with its connections. */
function reasonOfProgram() {
  if (isInterceptor(http.ClientRequest)) {
    return 'http.ClientRequest is intercepted';
  }
  if (/** @type {any} */ (globalThis).GLOBAL_AGENT !== undefined) {
    return 'global.GLOBAL_AGENT is set';
  }
  const replaced = FUNCTIONS.find(([, modules, read]) => !isOfNode(modules, read()));
  return replaced === undefined
    ? reasonInAgent(https.globalAgent)
    : `${replaced[0]} is not Node's own`;
}

function reasonInSettings() {
  if (flag !== undefined) {
    return `${flag.split('=')[0]} is on`;
  }
  if (getFips?.()) {
    return 'FIPS mode is on';
  }
  if (tls.DEFAULT_CIPHERS !== (constants.defaultCoreCipherList || tls.DEFAULT_CIPHERS)) {
    return "tls.DEFAULT_CIPHERS is not Node's default";
  }
  if ((tls.DEFAULT_ECDH_CURVE || 'auto') !== 'auto') {
    return "tls.DEFAULT_ECDH_CURVE is not Node's default";
  }
  const { tls12, tls13 } = versionsNow();
  if (!tls12 && !tls13) {
    return 'tls.DEFAULT_MIN_VERSION and DEFAULT_MAX_VERSION leave neither TLS 1.2 nor TLS 1.3';
  }
  if (addedRootsAreUnknown()) {
    return 'this Node cannot read the certificates of NODE_EXTRA_CA_CERTS';
  }
  return undefined;
}

/** @param {any} agent */
function reasonInAgent(agent) {
  if (usualOptions === undefined) {
    const usual = new https.Agent({ keepAlive: true, scheduling: 'lifo', timeout: 1 });
    usualOptions = new Set(Object.keys(usual.options));
  }
  const usual = usualOptions;
  const { prototype } = https.Agent;
  const isUsual =
    agent instanceof https.Agent &&
    Object.getPrototypeOf(agent) === prototype &&
    agent.createConnection === prototype.createConnection &&
    Object.entries(agent.options).every(([name, value]) => usual.has(name) || value === undefined);
  return isUsual ? undefined : "https.globalAgent is not Node's own";
}

/**
 * Returns whether a class is an interceptor's. nock 13 replaces `ClientRequest`; nock 14 and msw make it a Proxy with
 * @mswjs/interceptors.
 * @param {Function} type
 */
function isInterceptor(type) {
  return type.name === 'OverriddenClientRequest' || isProxy(type);
}

/** Returns whether Node's permission model denies the network. Node has this permission since version 25. */
function isNetDenied() {
  /** @type {any} */
  const { permission } = process;
  return (
    permission !== undefined &&
    process.allowedNodeEnvironmentFlags.has('--allow-net') &&
    !permission.has('net')
  );
}

/**
 * Returns whether a function is Node's own, also beneath the wrappers of tools that trace calls.
 * @param {string[]} modules
 * @param {any} given
 */
function isOfNode(modules, given) {
  // These runtimes have no sources to compare with.
  if (versions.bun || versions.deno) {
    return true;
  }
  const passed = new Set();
  let each = given;
  while (typeof each === 'function' && !passed.has(each)) {
    let isOwn = known.get(each);
    if (isOwn === undefined) {
      isOwn = isDefinedIn(modules, each) || isOfDatadog(each);
      known.set(each, isOwn);
    }
    if (isOwn) {
      return true;
    }
    passed.add(each);
    each = tracedBy(each);
  }
  return false;
}

/**
 * Returns whether the running Node's own source of one of its modules has the text of a function.
 * @param {string[]} modules
 * @param {Function} given
 */
function isDefinedIn(modules, given) {
  if (isProxy(given)) {
    return false;
  }
  const sources = sourcesOfNode();
  const text = Function.prototype.toString.call(given);
  return modules.some((name) => sources[name]?.includes(text));
}

/**
 * Returns what the wrapper of a tool that traces calls wraps. OpenTelemetry, Sentry and others use shimmer's properties, and New
 * Relic uses a symbol.
 * @param {any} wrapper
 */
function tracedBy(wrapper) {
  if (wrapper.__wrapped === true) {
    return wrapper.__original;
  }
  const symbol = Object.getOwnPropertySymbols(wrapper).find(
    ({ description }) => description === 'original',
  );
  return symbol && wrapper[symbol];
}

/**
 * Returns whether a function is a wrapper of dd-trace, which leaves no mark: its text is in a file that dd-trace has loaded.
 * @param {Function} given
 */
function isOfDatadog(given) {
  const text = Function.prototype.toString.call(given);
  const files = Object.keys(require.cache).filter((file) => DATADOG.test(file));
  return files.some((file) => require('fs').readFileSync(file, 'utf8').includes(text));
}

/** @returns {Record<string, string | undefined>} */
function sourcesOfNode() {
  /** @type {any} */
  const { binding, noDeprecation } = process;
  try {
    // Nothing else tells Node's own functions, and a warning about it would be of no use to the program.
    process.noDeprecation = true;
    return binding('natives');
  } catch {
    // The permission model denies it.
    return {};
  } finally {
    process.noDeprecation = noDeprecation;
  }
}

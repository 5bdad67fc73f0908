'use strict';

// Decides which transport sends the calls of this environment: the native one, or Node's own client if the program has decided
// something about its connections that only that client follows. When in doubt, it is Node's client.

const { types } = require('util');

const native = require('../binding/index.js');
const { isNode, reasonOfStart, textOf } = require('./started.js');
const { addedRootsAreUnknown, versionsNow } = require('./trust.js');

// Node's own modules, which are loaded with the first call: they need no file, and take far longer than this package.
/** @type {any} */
let dns;
/** @type {any} */
let http;
/** @type {any} */
let https;
/** @type {any} */
let net;
/** @type {any} */
let tls;
/** @type {any} */
let crypto;

const TRANSPORT = 'PUSHER_PLATFORM_TRANSPORT';
/** The value of this variable at the first call. @type {string | undefined} */
let transport;

// A program asks for Node's client by subscribing to this channel. All copies of this package in a thread share it: Jest and Vitest
// load the package again for each file of tests.
const REQUESTED = 'pusher-platform-native:node-http';
/** @type {{ hasSubscribers: boolean }} */
let requested;
/** Whether this copy has asked: some versions of Node 14 have no channels. */
let isRequested = false;

const UNTOLD =
  "Node's own functions cannot be told from others without process.binding('natives'): start Node without its permission model, " +
  'leave process.binding as it is, or update this package if this Node no longer has it';

// A file with the instrumentations of dd-trace.
const DATADOG = /[\\/]dd-trace[\\/]packages[\\/]datadog-instrumentations[\\/]/;

// The settings of a program that has decided nothing. Those of Bun and Deno differ from Node's, and from version to version.
/** @type {string} */
let usualCiphers;
/** @type {string} */
let usualOrder;

/** The functions through which Node's client makes its connections, each with the modules of Node that may define it. */
const FUNCTIONS = [
  of('http.ClientRequest', () => http.ClientRequest, '_http_client'),
  of('http.request', () => http.request, 'http'),
  of('https.request', () => https.request, 'https'),
  of('https.Agent', () => https.Agent, 'https'),
  of('https.Agent.prototype.addRequest', () => https.Agent.prototype.addRequest, '_http_agent'),
  of(
    'https.Agent.prototype.createConnection',
    () => https.Agent.prototype.createConnection,
    'https',
  ),
  of('dns.lookup', () => dns.lookup, 'dns'),
  of('net.connect', () => net.connect, 'net'),
  of('net.Socket.prototype.connect', () => net.Socket.prototype.connect, 'net'),
  of('tls.connect', () => tls.connect, '_tls_wrap', 'internal/tls/wrap'),
  of(
    'tls.createSecureContext',
    () => tls.createSecureContext,
    '_tls_common',
    'internal/tls/common',
  ),
  of('tls.checkServerIdentity', () => tls.checkServerIdentity, 'tls'),
];

/** Returns in which order addresses are tried. Node before 18.17 cannot tell. @returns {string} */
function orderNow() {
  return dns.getDefaultResultOrder?.() || 'verbatim';
}

/** @param {string} name @param {() => any} read @param {string[]} modules */
function of(name, read, ...modules) {
  return { name, read, modules };
}

/** Reads what a program may replace at any time. */
const READERS = [
  ...FUNCTIONS.map(({ read }) => read),
  () => tls.DEFAULT_CIPHERS,
  () => tls.DEFAULT_ECDH_CURVE,
  () => /** @type {any} */ (globalThis).GLOBAL_AGENT,
  isNodeHttpUsed,
];

function isNodeHttpUsed() {
  return isRequested || requested.hasSubscribers;
}

/** Whether functions that were looked at are Node's own. @type {WeakMap<Function, boolean>} */
const known = new WeakMap();
/** What `sourcesOfNode` has returned. @type {Record<string, string | undefined> | null | undefined} */
let sources;
/** What READERS have read last. @type {any[]} */
let seen = [];
// This is set last, so that a decision that is interrupted is made again.
let isDecided = false;
/** @type {string | undefined} */
let reason;
/** Whether the reason is that the program makes its connections itself. */
let isOfProgram = false;

/** Returns why calls go through Node's client, or undefined if they are sent natively. Throws if the choice is not known. */
exports.reasonForNode = () => {
  if (http === undefined) {
    loadNode();
  }
  try {
    if (!isUnchanged()) {
      isDecided = false;
      seen = READERS.map((read) => read());
    }
  } catch {
    // What cannot be read is the reason below.
    isDecided = false;
  }
  // Only native calls have their outcomes delivered, after which this is decided again.
  if (!isDecided || reason !== undefined) {
    reason = reasonNow();
    isDecided = true;
  }
  return reason;
};

function loadNode() {
  dns = require('dns');
  https = require('https');
  net = require('net');
  tls = require('tls');
  crypto = require('crypto');
  requested = channelOf(REQUESTED);
  transport = transportOf();
  usualCiphers = isNode ? crypto.constants.defaultCoreCipherList : tls.DEFAULT_CIPHERS;
  usualOrder = isNode ? 'verbatim' : orderNow();
  // This is set last, so that an interruption leaves nothing half loaded.
  http = require('http');
}

/** Returns the transport that somebody has chosen, if the environment can be read. @returns {string | undefined} */
function transportOf() {
  try {
    return process.env[TRANSPORT];
  } catch {
    return undefined;
  }
}

/** @param {string} name */
function channelOf(name) {
  try {
    return require('diagnostics_channel').channel(name);
  } catch {
    // Some versions of Node 14 do not have the module.
    return { hasSubscribers: false };
  }
}

/** Returns whether READERS would read what they have read last. It is written out, since this takes a quarter of the time. */
function isUnchanged() {
  const { ClientRequest, request } = http;
  const { Agent } = https;
  const { prototype } = Agent;
  return (
    ClientRequest === seen[0] &&
    request === seen[1] &&
    https.request === seen[2] &&
    Agent === seen[3] &&
    prototype.addRequest === seen[4] &&
    prototype.createConnection === seen[5] &&
    dns.lookup === seen[6] &&
    net.connect === seen[7] &&
    net.Socket.prototype.connect === seen[8] &&
    tls.connect === seen[9] &&
    tls.createSecureContext === seen[10] &&
    tls.checkServerIdentity === seen[11] &&
    tls.DEFAULT_CIPHERS === seen[12] &&
    tls.DEFAULT_ECDH_CURVE === seen[13] &&
    /** @type {any} */ (globalThis).GLOBAL_AGENT === seen[14] &&
    isNodeHttpUsed() === seen[15]
  );
}

/** Returns whether the program makes its connections itself, by functions of its own. */
exports.connectsItself = () => exports.reasonForNode() !== undefined && isOfProgram;

/** Decides again with the next call, also by what costs too much to look at for each call. */
exports.decideAgain = () => {
  isDecided = false;
};

/** Returns whether an interceptor, such as those of nock and msw, answers in place of servers. */
exports.isIntercepted = () => isInterceptor(require('http').ClientRequest);

/** Sends all later requests through Node's client. */
exports.useNodeHttp = () => {
  isRequested = true;
  const listener = () => {};
  try {
    const { channel, subscribe } = require('diagnostics_channel');
    // Older versions of Node only have the method, whose channel may be collected when nobody holds it.
    requested = channel(REQUESTED);
    subscribe ? subscribe(REQUESTED, listener) : channel(REQUESTED).subscribe(listener);
  } catch {
    // Some versions of Node 14 do not have the module.
  }
};

function reasonNow() {
  if (native.isWebAssembly) {
    return 'the core runs as WebAssembly, which sends nothing itself';
  }
  const chosen = reasonOfSwitch();
  try {
    const own = reasonInFunctions();
    isOfProgram = own !== undefined;
    return chosen || reasonOfPermission() || own || reasonOfStart || reasonInSettings();
  } catch (/** @type {any} */ error) {
    isOfProgram = true;
    return `something that decides about connections cannot be read: ${textOf(error)}`;
  }
}

/** Returns why somebody has asked for Node's client. */
function reasonOfSwitch() {
  if (transport === 'node') {
    return `${TRANSPORT} is node`;
  }
  if (transport !== undefined && transport !== '' && transport !== 'auto') {
    const message = `The environment variable ${TRANSPORT} must be "auto" or "node"; it is "${transport}"`;
    throw Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG_VALUE' });
  }
  return isNodeHttpUsed() ? 'pusher-platform-native/testing/node-http is loaded' : undefined;
}

function reasonInFunctions() {
  if (/** @type {any} */ (globalThis).GLOBAL_AGENT !== undefined) {
    return 'global.GLOBAL_AGENT is set';
  }
  const replaced = FUNCTIONS.find(({ read, modules }) => !isOfNode(read(), modules));
  if (replaced === undefined) {
    return undefined;
  }
  return sourcesOfNode() === null ? UNTOLD : `${replaced.name} is not Node's own`;
}

function reasonInSettings() {
  if (crypto.getFips?.()) {
    return 'FIPS mode is on';
  }
  if (orderNow() !== usualOrder) {
    return `dns.getDefaultResultOrder() is ${orderNow()}`;
  }
  if (http.Agent.defaultMaxSockets !== Infinity) {
    return `http.Agent.defaultMaxSockets is ${http.Agent.defaultMaxSockets}`;
  }
  if (tls.DEFAULT_CIPHERS !== usualCiphers) {
    return "tls.DEFAULT_CIPHERS is not Node's default";
  }
  if ((tls.DEFAULT_ECDH_CURVE || 'auto') !== 'auto') {
    return "tls.DEFAULT_ECDH_CURVE is not Node's default";
  }
  const { tls12, tls13 } = versionsNow();
  if (!tls12 && !tls13) {
    return 'tls.DEFAULT_MIN_VERSION and DEFAULT_MAX_VERSION leave neither TLS 1.2 nor TLS 1.3';
  }
  return addedRootsAreUnknown()
    ? 'this Node cannot read the certificates of NODE_EXTRA_CA_CERTS'
    : undefined;
}

/**
 * Returns whether a class is an interceptor's. nock 13 replaces `ClientRequest`; nock 14 and msw make it a Proxy with
 * @mswjs/interceptors.
 * @param {Function} type
 */
function isInterceptor(type) {
  return type.name === 'OverriddenClientRequest' || types.isProxy(type);
}

/** Node has the permission for the network since version 25. */
function reasonOfPermission() {
  /** @type {any} */
  const { permission } = process;
  const isNetDenied =
    permission !== undefined &&
    process.allowedNodeEnvironmentFlags.has('--allow-net') &&
    !permission.has('net');
  return isNetDenied ? "Node's permission model denies the network" : undefined;
}

/**
 * Returns whether a function is Node's own, also beneath the wrappers of tools that trace calls.
 * @param {any} value
 * @param {string[]} modules
 */
function isOfNode(value, modules) {
  // These runtimes have no sources to compare with.
  if (!isNode) {
    return !isInterceptor(value);
  }
  /** @type {any[]} */
  const passed = [];
  let each = value;
  while (typeof each === 'function' && !passed.includes(each)) {
    let isOwn = known.get(each);
    if (isOwn === undefined) {
      isOwn = isDefinedIn(modules, each);
      known.set(each, isOwn);
    }
    if (isOwn) {
      return true;
    }
    passed.push(each);
    each = tracedBy(each);
  }
  return false;
}

/**
 * Returns whether the running Node's own source of one of its modules has the text of a function, or whether a file of dd-trace
 * has it, whose wrappers bear no mark. A function in a single line may be in any source.
 * @param {string[]} modules
 * @param {Function} value
 */
function isDefinedIn(modules, value) {
  const text = Function.prototype.toString.call(value);
  if (types.isProxy(value) || !text.includes('\n')) {
    return false;
  }
  const texts = sourcesOfNode() || {};
  return modules.some((name) => texts[name]?.includes(text)) || isInDatadog(text);
}

/** @param {string} text */
function isInDatadog(text) {
  try {
    const files = Object.keys(require.cache).filter((file) => DATADOG.test(file));
    return files.some((file) => require('fs').readFileSync(file, 'utf8').includes(text));
  } catch {
    // Files that cannot be read any more tell nothing of the function.
    return false;
  }
}

/**
 * Returns what the wrapper of a tool that traces calls wraps. OpenTelemetry, Sentry and others use shimmer's properties, and New
 * Relic uses a symbol.
 * @param {any} wrapper
 */
function tracedBy(wrapper) {
  // A function that only inherits from such a wrapper is none.
  if (Object.getOwnPropertyDescriptor(wrapper, '__wrapped')?.value === true) {
    return wrapper.__original;
  }
  const symbol = Object.getOwnPropertySymbols(wrapper).find(
    ({ description }) => description === 'original',
  );
  return symbol && wrapper[symbol];
}

/**
 * Returns the sources of Node's modules by name, or null if they cannot be had: the permission model denies them, and a program may
 * have taken `process.binding` away.
 * @returns {Record<string, string | undefined> | null}
 */
function sourcesOfNode() {
  if (sources === undefined) {
    try {
      const { binding } = /** @type {any} */ (process);
      // Under --pending-deprecation, this is a function that warns. Node has it inherit from the function that it wraps.
      const beneath = Object.getPrototypeOf(binding);
      const isWrapper = typeof Object.getPrototypeOf(beneath) === 'function';
      const natives = (isWrapper ? beneath : binding)('natives');
      sources = typeof natives.http === 'string' ? natives : null;
    } catch {
      sources = null;
    }
  }
  return /** @type {any} */ (sources);
}

'use strict';

// The core as a WebAssembly module, for processes that have no addon or may not load it. It has the exports of the addon but for
// `send`: it decides, and Node's client sends. src/binding/wasm.rs is its other half.
//
// A panic, a stack overflow or the end of a `timeout` of `vm` leaves an instance of the module as it was at that moment: nothing
// unwinds. So the next call begins with another instance.

const { readFileSync } = require('fs');
const { join } = require('path');
const { clearTimeout, setImmediate, setTimeout } = require('timers');

const { now } = Date;

/** @type {any} */
const { WebAssembly } = globalThis;
const compiled = new WebAssembly.Module(readFileSync(join(__dirname, 'core.wasm')));

// The length of a text that is missing.
const MISSING = 2 ** 32 - 1;
// An instance whose memory has grown beyond this number of bytes, which a large text does, is given up, since memory never shrinks.
const MOST_MEMORY = 2 ** 25;
// Each instance numbers its authenticators from another multiple of this number, so that those of earlier instances find nothing.
const NUMBERS = 2 ** 36;
// The longest time of a timer.
const LONGEST = 2 ** 31 - 1;
const NO_NUMBER = -1;

/** The exports of the instance. @type {any} */
let core;
/** Its memory. */
let bytes = Buffer.alloc(0);
// The place of its buffer for texts, the number of bytes that the buffer holds, and that of those which hold texts.
let address = 0;
let room = 0;
let used = 0;
let firstNumber = -NUMBERS;
// This is false while a function of the instance runs, and stays so if an exception or an interruption ends it.
let isWhole = false;

/** The functions of WASI that Rust's standard library imports. */
const wasi = {
  /** @param {number} at @param {number} length */
  random_get(at, length) {
    require('crypto').randomFillSync(memory(), at, length);
    return 0;
  },
  /** @param {number} count @param {number} size */
  environ_sizes_get(count, size) {
    memory().writeUInt32LE(0, count);
    memory().writeUInt32LE(0, size);
    return 0;
  },
  environ_get: () => 0,
  /** @param {number} _clock @param {bigint} _precision @param {number} at */
  clock_time_get(_clock, _precision, at) {
    memory().writeBigUInt64LE(BigInt(Math.floor(now() * 1e3)) * BigInt(1e3), at);
    return 0;
  },
  /** @param {number} _file @param {number} list @param {number} count @param {number} written */
  fd_write(_file, list, count, written) {
    // The message of a panic, which the next exception tells as well.
    let size = 0;
    for (let index = 0; index < count; index += 1) {
      size += memory().readUInt32LE(list + index * 8 + 4);
    }
    memory().writeUInt32LE(size, written);
    return 0;
  },
  proc_exit() {
    throw new Error('The WebAssembly module has ended');
  },
};

/** Returns the memory of the instance, whose buffer is another one after it has grown. */
function memory() {
  if (bytes.buffer !== core.memory.buffer) {
    bytes = Buffer.from(core.memory.buffer);
  }
  return bytes;
}

/** Begins the texts of a call. */
function begin() {
  if (!isWhole) {
    core = new WebAssembly.Instance(compiled, { wasi_snapshot_preview1: wasi }).exports;
    room = 0;
    firstNumber += NUMBERS;
    core._initialize();
    isWhole = true;
  }
  used = 0;
}

/** Makes room for bytes, and returns their place. @param {number} size */
function take(size) {
  if (used + size > room) {
    const wanted = (used + size) * 2;
    isWhole = false;
    address = core.reserve(wanted / 2);
    room = wanted;
    isWhole = true;
  }
  memory();
  const at = address + used;
  used += size;
  return at;
}

/** @param {number} at @param {number} length */
function putLength(at, length) {
  bytes.writeUInt32LE(length, at);
}

/** Appends a text as UTF-16. @param {string | null | undefined} text */
function put(text) {
  if (text === undefined || text === null) {
    putLength(take(4), MISSING);
    return;
  }
  const { length } = text;
  const at = take(4 + length * 2);
  putLength(at, length);
  if (length > 32) {
    bytes.write(text, at + 4, 'utf16le');
    return;
  }
  // For a short text, this takes less than the call above.
  for (let index = 0; index < length; index += 1) {
    const unit = text.charCodeAt(index);
    bytes[at + 4 + index * 2] = unit;
    bytes[at + 5 + index * 2] = unit >> 8;
  }
}

/** Appends a text as UTF-8. @param {string | undefined} text */
function putUtf8(text) {
  if (text === undefined) {
    put(text);
    return;
  }
  // A unit of UTF-16 takes at most three bytes.
  const at = take(4 + text.length * 3);
  const length = bytes.write(text, at + 4, 'utf8');
  putLength(at, length);
  used = at - address + 4 + length + (length % 2);
}

/** Appends bytes. @param {Uint8Array} some */
function putBytes(some) {
  const { length } = some;
  const at = take(4 + length + (length % 2));
  putLength(at, length);
  bytes.set(some, at + 4);
}

/**
 * Calls a function of the instance with numbers.
 * @param {string} name @param {number[]} numbers
 * @returns {number}
 */
function run(name, ...numbers) {
  const { [name]: call } = core;
  isWhole = false;
  const result = call(...numbers);
  isWhole = true;
  return result;
}

/**
 * Returns the result of a function that returned its length, or null if there is none. The memory does not keep it.
 * @param {number} length
 * @param {BufferEncoding} encoding
 */
function read(length, encoding) {
  if (length < 0) {
    return null;
  }
  const at = core.result();
  const text = memory().toString(encoding, at, at + length);
  bytes.fill(0, at, at + length);
  if (bytes.length > MOST_MEMORY) {
    isWhole = false;
  }
  return text;
}

/** @param {number} length @returns {any} */
function readJson(length) {
  const text = read(length, 'utf8');
  return text === null ? null : JSON.parse(text);
}

/** Returns the number by which the instance knows an authenticator, or none if it is an earlier instance's. @param {number} number */
function own(number) {
  const own = number - firstNumber;
  return own >= 0 && own < NUMBERS ? own : NO_NUMBER;
}

/** @param {string} id @param {string} keyId @param {string | Uint8Array} secret */
function authenticator(id, keyId, secret) {
  begin();
  put(id);
  put(keyId);
  const isText = typeof secret === 'string';
  if (isText) {
    put(secret);
  } else {
    putBytes(secret);
  }
  return firstNumber + run('authenticator', isText ? 1 : 0);
}

/**
 * @param {number} number
 * @param {number} issuedAt
 * @param {number} expiresAt
 * @param {string} [userId]
 * @param {boolean} [su]
 * @param {string} [serviceClaims]
 */
function accessToken(number, issuedAt, expiresAt, userId, su, serviceClaims) {
  begin();
  put(userId);
  putUtf8(serviceClaims);
  const isSu = su === undefined ? -1 : Number(su);
  isWhole = false;
  const length = core.access_token(own(number), issuedAt, expiresAt, isSu);
  isWhole = true;
  return read(length, 'latin1');
}

/** @param {number} number @param {number} issuedAt @param {string} [userId] */
function refreshToken(number, issuedAt, userId) {
  begin();
  put(userId);
  return read(run('refresh_token', own(number), issuedAt), 'latin1');
}

/** @param {number} number @param {string} payload */
function sign(number, payload) {
  begin();
  putUtf8(payload);
  return read(run('sign', own(number)), 'latin1');
}

/** @param {number} number @param {unknown} token @param {number} now */
function verifyRefreshToken(number, token, now) {
  begin();
  putUtf8(typeof token === 'string' ? token : undefined);
  return readJson(run('verify_refresh_token', own(number), now));
}

/** @param {string} locator @param {string} key */
function findColons(locator, key) {
  begin();
  put(locator);
  put(key);
  return run('find_colons');
}

/** @param {any} options */
function checkInstance(options) {
  /** @type {Array<string | undefined>} */
  const values = [];
  for (;;) {
    begin();
    values.forEach(put);
    const found = readJson(run('check_instance', values.length));
    if (typeof found === 'string') {
      values.push(optionOf(options, found));
    } else if (found.message === undefined) {
      return found;
    } else {
      throw new (found.isTypeError ? TypeError : Error)(found.message);
    }
  }
}

// The methods by which the original takes an option apart, which objects other than strings may have as well.
const METHODS = new Map([
  ['locator', 'split'],
  ['key', 'match'],
]);

/** Returns an option as `check_instance` takes it. @param {any} options @param {string} name */
function optionOf(options, name) {
  const value = options[name];
  const method = METHODS.get(name);
  if (value === undefined || value === null) {
    return undefined;
  }
  const hasMethod = typeof value === 'object' && method && typeof value[method] === 'function';
  return typeof value === 'string' || hasMethod ? `=${value}` : String(Number(Boolean(value)));
}

/** @param {string} path */
function cleanPath(path) {
  begin();
  put(path);
  return read(run('clean_path'), 'utf16le');
}

/** The authority and the path of services, by number. A number is used at once. @type {Map<number, string[]>} */
const services = new Map();
const MOST_SERVICES = 64;
let lastService = 0;

/** @param {string} authority @param {string} path */
function baseClient(authority, path) {
  if (services.size === MOST_SERVICES) {
    services.clear();
  }
  lastService += 1;
  services.set(lastService, [authority, path]);
  return lastService;
}

/** @param {number} client */
function serviceOf(client) {
  const service = services.get(client);
  if (service === undefined) {
    throw new Error('The client is gone');
  }
  return service;
}

/** @param {number} client @param {string} path */
function target(client, path) {
  begin();
  for (const text of serviceOf(client)) {
    put(text);
  }
  put(path);
  const found = read(run('request_target'), 'utf8');
  return found === null ? null : found.split(' ');
}

/** A call whose requests Node's client sends. */
class Exchange {
  /** @param {number} _queue @param {number} client @param {any} input see `Input` in binding.d.ts */
  constructor(_queue, client, input) {
    const { timeout, retry } = input.limits || {};
    this.attempts = input.attempts;
    this.elapsed = input.elapsed;
    /** @type {any[]} */
    this.texts = [
      ...serviceOf(client),
      ...[input.method, input.path, input.query, input.headers, input.headerCount],
      // Only whether there is a body matters.
      input.body === undefined ? undefined : '',
      ...[input.proxy, input.noProxy, timeout],
      ...(retry ? [retry.limit, retry.maxDelay] : [undefined, undefined]),
      ...[retry?.methods.join('\0'), String.fromCharCode(...(retry?.statusCodes || []))],
    ];
    /** The statuses and `Location` headers of the responses of this attempt. @type {string[]} */
    this.received = [];
  }

  begin() {
    this.attempts += 1;
    this.received = [];
    return this.step();
  }

  /** @param {number} status @param {string} location */
  follow(status, location) {
    this.received.push(String(status), location);
    return this.step();
  }

  step() {
    this.put(...this.received);
    return read(run('next_step', this.received.length / 2), 'utf8');
  }

  /** @param {number} status @param {string} [retryAfter] */
  delayAfterResponse(status, retryAfter) {
    this.put(retryAfter);
    const delay = run('delay', this.attempts, status);
    return delay < 0 ? null : delay;
  }

  /** @param {string[]} codes */
  delayAfterFailure(codes) {
    this.put(codes.join(' '));
    const delay = run('delay', this.attempts, 0);
    return delay < 0 ? null : delay;
  }

  get hasTimeout() {
    return this.timeLeft() !== Number.POSITIVE_INFINITY;
  }

  timeLeft() {
    this.put();
    return run('time_left', this.elapsed);
  }

  /** @param {number} queue @param {number} ticket */
  expire(queue, ticket) {
    after(this.timeLeft(), queue, ticket, () => {
      this.put();
      return [0, '1\0', read(run('timed_out'), 'utf8')];
    });
  }

  leave() {}

  /** @param {Array<string | undefined>} more */
  put(...more) {
    begin();
    for (const text of [...this.texts, ...more]) {
      put(text === undefined || text === null ? undefined : String(text));
    }
  }
}

/** What receives outcomes: see `Queue` in binding.d.ts. @type {Array<(...outcomes: any[]) => void>} */
const queues = [];

class Queue {
  /** @param {(...outcomes: any[]) => void} deliver */
  constructor(deliver) {
    this.handle = queues.push(deliver) - 1;
  }

  configure() {}
  trust() {}
  limit() {}
}

/** The timers that run, by queue and ticket. @type {Map<string, any>} */
const timers = new Map();

/**
 * Delivers an outcome after a time.
 * @param {number} delay in milliseconds
 * @param {number} queue
 * @param {number} ticket
 * @param {() => any[]} outcomeOf
 */
function after(delay, queue, ticket, outcomeOf) {
  const key = `${queue} ${ticket}`;
  const left = delay - LONGEST;
  const end = () => {
    timers.delete(key);
    queues[queue](ticket, ...outcomeOf());
  };
  const next = left > 0 ? () => after(left, queue, ticket, outcomeOf) : end;
  timers.set(key, setTimeout(next, Math.ceil(Math.min(delay, LONGEST))));
}

/** @param {number} queue @param {number} ticket @param {number} delay */
function wait(queue, ticket, delay) {
  after(delay, queue, ticket, () => [204, '1\0', '']);
}

/** @param {number} queue @param {number} ticket */
function cancel(queue, ticket) {
  const key = `${queue} ${ticket}`;
  if (timers.has(key)) {
    clearTimeout(timers.get(key));
    timers.delete(key);
    setImmediate(queues[queue], ticket, 0, '1\0', '{"message":"The wait was cancelled"}');
  }
}

begin();

module.exports = {
  isWebAssembly: true,
  Exchange,
  Queue,
  accessToken,
  authenticator,
  baseClient,
  cancel,
  checkInstance,
  cleanPath,
  findColons,
  refreshToken,
  sign,
  target,
  verifyRefreshToken,
  wait,
};

'use strict';

// A TLS server on loopback that records the exact bytes of every request and responds as a test specifies.
//
// The server parses HTTP/1.1 itself, because Node's server would lower-case, merge and decode what it receives.

const { once } = require('node:events');
const { STATUS_CODES } = require('node:http');
const tls = require('node:tls');

const { loopback } = require('../../testing/certificates');

const HEAD_END = '\r\n\r\n';

/**
 * @typedef {object} Request
 * @property {string} method
 * @property {string} target the request target, exactly as sent in the request line
 * @property {string} version the version of HTTP, exactly as sent
 * @property {Array<[string, string]>} headers the headers in the order and case of the wire
 * @property {string} rawHead the bytes up to and including the empty line, in latin-1
 * @property {Buffer} body the body without the framing of its chunks
 * @property {number} connection the number of the connection that carried the request, from 1
 *
 * @typedef {object} Answer
 * @property {number} [status]
 * @property {string} [statusMessage]
 * @property {Record<string, string | number> | Array<[string, string | number]>} [headers] the server
 *   adds only Content-Length, and not if Transfer-Encoding is given
 * @property {string | Buffer} [body] a string is sent as UTF-8
 *
 * @typedef {Answer | Buffer | string | null} Response a Buffer, or a string in latin-1, is sent unchanged;
 *   null leaves the request without a response
 */

/**
 * Starts a server. The connection stays open after a response, unless the head of the response contains `Connection: close`. For
 * anything else (half a response, a reset), `respond` uses the socket and returns null.
 *
 * @param {object} [options]
 * @param {string} [options.host] the address to listen on
 * @param {import('../../testing/certificates').Certificate} [options.certificate]
 * @param {tls.TlsOptions} [options.tls] further options of TLS
 * @param {(request: Request, socket: tls.TLSSocket) => Response | Promise<Response>} [options.respond]
 * @returns {Promise<{ host: string, port: number, ca: string, requests: Request[],
 *   close(): Promise<void> }>}
 */
async function record(options = {}) {
  const { host = '127.0.0.1', certificate = loopback(), respond = () => ({}) } = options;
  const requests = [];
  const sockets = new Set();
  let connections = 0;

  const server = tls.createServer({
    cert: certificate.chain || certificate.cert,
    key: certificate.key,
    ...options.tls,
  });
  const track = (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // A client may close the connection at any time, which is often the subject of the test.
    socket.on('error', () => {});
  };
  server.on('connection', track);
  server.on('secureConnection', (socket) => {
    track(socket);
    serve(socket, ++connections);
  });

  // Requests are served one after another, as HTTP/1.1 requires, even if they are pipelined.
  async function serve(socket, connection) {
    try {
      const read = reader(socket);
      for (;;) {
        const request = await readRequest(read);
        if (!request) return;
        requests.push({ ...request, connection });
        const response = await respond(requests.at(-1), socket);
        if (response === null) return;
        const bytes = toBytes(response, request.method);
        socket.write(bytes);
        if (/^connection: *close\r$/im.test(headOf(bytes))) {
          socket.end();
          return;
        }
      }
    } catch (error) {
      // The test itself has failed: its client must not wait, and its runner must receive the error.
      socket.destroy();
      throw error;
    }
  }

  server.listen(0, host);
  await once(server, 'listening');

  return {
    host,
    port: server.address().port,
    ca: certificate.ca || certificate.cert,
    requests,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/**
 * Returns a function that reads from the socket: a number of bytes, or all bytes up to and including a delimiter; it returns null
 * at the end of the stream.
 */
function reader(socket) {
  let buffer = Buffer.alloc(0);
  let ended = false;
  let wake = () => {};
  socket.on('data', (bytes) => {
    buffer = Buffer.concat([buffer, bytes]);
    wake();
  });
  for (const event of ['end', 'close']) {
    socket.on(event, () => {
      ended = true;
      wake();
    });
  }
  const available = (wanted) => {
    if (typeof wanted === 'number') return buffer.length >= wanted ? wanted : -1;
    const start = buffer.indexOf(wanted);
    return start < 0 ? -1 : start + wanted.length;
  };

  return async (wanted) => {
    for (;;) {
      const length = available(wanted);
      if (length >= 0) {
        const bytes = buffer.subarray(0, length);
        buffer = buffer.subarray(length);
        return bytes;
      }
      if (ended) return null;
      await new Promise((resolve) => {
        wake = resolve;
      });
    }
  };
}

/** Reads one request; returns null if the connection ends before the request does. */
async function readRequest(read) {
  const bytes = await read(HEAD_END);
  if (!bytes) return null;
  const rawHead = bytes.toString('latin1');
  const [requestLine, ...lines] = rawHead.slice(0, -HEAD_END.length).split('\r\n');
  const [, method, target, version] = /^(\S+) (.*) HTTP\/(1\.[01])$/.exec(requestLine);
  const headers = lines.map((line) => /^([^:]*): ?(.*)$/.exec(line).slice(1));
  const header = (name) => headers.find(([each]) => each.toLowerCase() === name)?.[1];

  const body = /chunked$/i.test(header('transfer-encoding'))
    ? await readChunks(read)
    : await read(Number(header('content-length') || 0));
  return body && { method, target, version, headers, rawHead, body };
}

// RFC 9112, section 7.1: chunks up to a chunk of size zero, then trailers up to an empty line.
async function readChunks(read) {
  const chunks = [];
  for (;;) {
    const size = await read('\r\n');
    if (!size) return null;
    const length = Number.parseInt(size.toString('latin1'), 16);
    if (length === 0) break;
    const chunk = await read(length + 2);
    if (!chunk) return null;
    chunks.push(chunk.subarray(0, -2));
  }
  for (;;) {
    const trailer = await read('\r\n');
    if (!trailer) return null;
    if (trailer.length === 2) return Buffer.concat(chunks);
  }
}

function toBytes(response, method) {
  if (typeof response === 'string') return Buffer.from(response, 'latin1');
  if (Buffer.isBuffer(response)) return response;
  const { status = 200, statusMessage = STATUS_CODES[status] || '', headers = {} } = response;
  const body = Buffer.from(response.body || '');
  const pairs = Array.isArray(headers) ? [...headers] : Object.entries(headers);
  const framed = pairs.some(([name]) => /^(content-length|transfer-encoding)$/i.test(name));
  // RFC 9110, section 8.6: neither 1xx nor 204 has a Content-Length; RFC 9112, section 6.3: a 304 has no body.
  if (!framed && status >= 200 && status !== 204 && status !== 304) {
    pairs.push(['Content-Length', body.length]);
  }
  const fields = pairs.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const head = Buffer.from(`HTTP/1.1 ${status} ${statusMessage}\r\n${fields}\r\n`, 'latin1');
  return method === 'HEAD' ? head : Buffer.concat([head, body]);
}

function headOf(bytes) {
  const text = bytes.toString('latin1');
  return text.slice(0, text.indexOf(HEAD_END) + 2);
}

module.exports = { record };

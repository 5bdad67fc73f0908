/// <reference types="node" />
/// <reference path="./types/authenticator.d.ts" />
/// <reference path="./types/base_client.d.ts" />
/// <reference path="./types/common.d.ts" />
/// <reference path="./types/instance.d.ts" />
/// <reference path="./types/sdk_info.d.ts" />

// The types of the package: those of `@pusher/platform-node` 0.15.5, of `readJSON`, and of the options that this package
// adds. A program that compiles against the original's types compiles against these, mocks, subclasses and mapped types
// included (__test__/package/types/swap.ts). The references above are for programs that augment the modules under `target/`. There are
// three exceptions:
// - `keyof ErrorResponse` has the members that this package adds, which are all optional, for the sake of programs that read them
//   after `instanceof`. `Required<ErrorResponse>` and `Record<keyof ErrorResponse, …>` therefore want them.
// - `keyof` of the options has the options that this package adds, which are all optional. `Required<InstanceOptions>` and
//   `Record<keyof RequestOptions, …>` therefore want them.
// - `keyof Instance` has the names of the parts that are private in the original's types. A mock of the type
//   `Pick<Instance, keyof Instance>` may leave them out; a `Record<keyof Instance, …>` may not.

/**
 * Issues tokens for, and sends requests to, instances of Pusher Platform.
 *
 * @module pusher-platform-native
 */

// biome-ignore-all lint/suspicious/noExplicitAny: the original's types say any

import { IncomingMessage } from 'http';

// Only a type. The original's types declare a class here, which its code does not export.
export type { IncomingMessage };

/**
 * Names and values of HTTP headers, in requests and in responses.
 *
 * In a request, each value of an array is sent as a header line of its own, except that the values of `Cookie` are sent
 * in one line. From JavaScript, a number is sent as its text, and a header whose value is `undefined` is not sent. In a
 * response, names are in lower case and duplicates are merged by Node's rules:
 * https://nodejs.org/api/http.html#messageheaders
 */
export declare type Headers = {
  [key: string]: string | string[];
};

/** Limits of a request. The original has none of them: by default, a request may take any time and is sent once. */
export interface RequestLimits {
  /**
   * Time limit in milliseconds, from the call to the end of the response, including all retries. When it has passed, the
   * request rejects with an `Error` whose `code` is `ETIMEDOUT`, and its connection is closed. 0 means no limit. Fake timers do
   * not move it.
   */
  timeout?: number | undefined;
  /** How often a request may be sent again, or the conditions under which it may be. 0 means never. */
  retry?: number | RetryOptions | undefined;
}

/**
 * The conditions under which a request is sent again.
 *
 * A request is retried after a response with one of the `statusCodes`, and after a failure of the network
 * (`ECONNREFUSED`, `ECONNRESET`, `ECONNABORTED`, `EPIPE`, `ETIMEDOUT`, `ENETUNREACH`, `EHOSTUNREACH`, `ENETDOWN`,
 * `EAI_AGAIN`, `ENOTFOUND`). The wait before the first retry is random and at most 100 ms; the bound doubles with each
 * further retry. Where the response has a `Retry-After` header (RFC 9110, section 10.2.3), the wait is the one that it
 * asks for. The request settles with the outcome of its last attempt.
 */
export interface RetryOptions {
  /** The largest number of retries after the first attempt. The default is 2. */
  limit?: number | undefined;
  /**
   * The methods of requests that may be sent again. The default is the idempotent ones (RFC 9110, section 9.2.2): `GET`,
   * `HEAD`, `OPTIONS`, `TRACE`, `PUT` and `DELETE`.
   */
  methods?: string[] | undefined;
  /** The status codes of responses that are retried. The default is 429, 502, 503 and 504. */
  statusCodes?: number[] | undefined;
  /**
   * The longest wait before a retry, in milliseconds. The default is 30000. A response whose `Retry-After` asks for a
   * longer wait is not retried.
   */
  maxDelay?: number | undefined;
}

/** Options of an {@link Instance} or a {@link BaseClient} for its connections. The original has none of them. */
export interface ConnectionOptions extends RequestLimits {
  /**
   * Root certificates in PEM that replace Node's trust store, as the `ca` option of Node's `tls` does: for a server of
   * your own that `host` and `port` name. As in Node, a server's self-signed certificate is accepted as well.
   */
  ca?: string | Buffer | Array<string | Buffer> | undefined;
}

/**
 * The part of an `AbortSignal` that a request uses. Node's own class has it, and so have polyfills for Node 14.
 * https://nodejs.org/api/globals.html#class-abortsignal
 */
export interface AbortSignalLike {
  /** Whether the signal has aborted. */
  readonly aborted: boolean;
  /** Adds a listener for the `abort` event. */
  addEventListener(type: 'abort', listener: () => void): void;
  /** Removes the listener, once the request has ended. */
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** Options of an {@link Instance}. */
export interface InstanceOptions extends ConnectionOptions {
  /** Locator of the instance: `version:cluster:instanceId`, for example `v1:us1:b92a…`. */
  locator: string;
  /** Key of the instance: `keyId:keySecret`, split at the first colon. It is a secret: keep it on servers. */
  key: string;
  /** Name of the service, for example `feeds`. */
  serviceName: string;
  /** Version of the service, for example `v1`. */
  serviceVersion: string;
  /** TCP port of the platform. The default is 443. */
  port?: number;
  /** Name or IP address of the platform's host. The default is `<cluster>.pusherplatform.io`. */
  host?: string;
  /**
   * The client that sends the instance's requests. By default the instance creates its own. If there is a client here, the
   * instance does not use `host`, `port`, `sdkInfo`, `timeout`, `retry` and `ca`.
   */
  client?: BaseClient;
  /** Description of the service SDK. Required unless there is a `client`. */
  sdkInfo?: SDKInfo;
}

/**
 * An instance of the platform. It issues tokens for the instance, and sends requests to one of its services.
 *
 * @example
 * const { Instance, SDKInfo } = require('pusher-platform-native');
 *
 * const instance = new Instance({
 *   locator: 'v1:us1:b92a8ee5-0bf5-4b4e-8f6c-2f2f6ad2a1f1',
 *   key: 'key-id:key-secret',
 *   serviceName: 'feeds',
 *   serviceVersion: 'v1',
 *   sdkInfo: new SDKInfo({ productName: 'feeds', version: '1.0.0' }),
 * });
 */
export declare class Instance {
  /**
   * The client that sends the requests: the `client` of the options, or one that the instance has created. It may be
   * replaced; later requests use the new one. Like the next eight members, an object always has it. They are optional here for
   * the sake of mocks that do not have them, and `any` because the original's types are, where programs read them as
   * `instance['id']`.
   */
  client?: any;
  /**
   * The authenticator that issues the tokens, an object of the class in `target/authenticator`. It may be replaced; later tokens
   * come from the new one.
   */
  authenticator?: any;
  /** Identifier of the instance: the third part of the locator. */
  readonly id?: any;
  /** Name of the service. */
  readonly serviceName?: any;
  /** Version of the service. */
  readonly serviceVersion?: any;
  /** Cluster of the instance: the second part of the locator. */
  readonly cluster?: any;
  /** Version of the platform: the first part of the locator. */
  readonly platformVersion?: any;
  /** Identifier of the key: the part before its first colon. */
  readonly keyId?: any;
  /**
   * Secret of the key: the part after its first colon. Unlike the original's, it is not enumerable, so that logs and JSON do
   * not show it.
   */
  readonly keySecret?: any;

  /**
   * Creates an instance. The constructor checks the options and opens no connection.
   *
   * @param options - the instance and its service; `client` may be any object with a method `request`
   * @throws {Error} where `locator`, `serviceName`, `serviceVersion` or `key` is missing, where both `client` and `sdkInfo`
   * are, where the locator does not have three parts, or where the key does not have two. The messages begin as the original's do,
   * which calls the option `locator` `instanceLocator`, except that of a missing `key`, for which the original throws a TypeError
   * that does not name the option.
   */
  constructor(options: Omit<InstanceOptions, 'client'> & { client?: Pick<BaseClient, 'request'> });

  /** Sends a request to the service, as {@link BaseClient.request} does. */
  request(options: RequestOptions): Promise<IncomingMessageWithBody>;

  /**
   * Issues an access token to a user whom the caller has already authenticated. It is synchronous and sends nothing.
   *
   * @param authenticatePayload - the client's request, whose `grant_type` has to be `client_credentials`
   * @param options - the user, the claims and the lifetime of the token
   * @returns status 200 with a {@link TokenResponse} that has no `refresh_token`, or status 422 with the error
   * `token_provider/invalid_grant_type` for any other grant type
   * @throws what {@link Instance.generateAccessToken} throws
   */
  authenticate(
    authenticatePayload: AuthenticatePayload,
    options: AuthenticateOptions,
  ): AuthenticationResponseWithTokens;

  /**
   * Issues an access token and a refresh token, for the grant type `client_credentials`, or in exchange for an earlier
   * refresh token, for the grant type `refresh_token`. It is synchronous and sends nothing.
   *
   * It returns a response with
   * - status 200 and a {@link TokenResponse} with a `refresh_token`, which does not expire;
   * - status 422 and the error `token_provider/invalid_grant_type` for any other grant type;
   * - status 401 and the error `token_provider/invalid_refresh_token` for a refresh token that has expired, that is
   *   invalid (missing, not signed with this key by HS256, HS384 or HS512, of another issuer, or not valid yet), that has
   *   no claim `refresh` of `true`, or that was issued to a user other than `options.userId`. The `error_description`
   *   says which.
   *
   * @param authenticatePayload - the client's request
   * @param options - the user, the claims and the lifetime of the access token
   * @throws what {@link Instance.generateAccessToken} throws
   */
  authenticateWithRefreshToken(
    authenticatePayload: AuthenticatePayload,
    options: AuthenticateOptions,
  ): AuthenticationResponseWithTokens;

  /**
   * Issues an access token: a JSON Web Token (RFC 7519) that is signed with the key by HS256. Its claims are, in this
   * order, `instance`, `iss` (`api_keys/<keyId>`), `iat`, `exp`, `sub`, `su`, and then the `serviceClaims`, which may
   * override any of them. The current time is that of `Date.now()`. The method is synchronous and sends nothing.
   *
   * @param options - the user, the claims and the lifetime of the token
   * @throws {Error} `"exp" should be a number of seconds`, and the same for `iat` and `nbf`, where a claim of that name is
   * not a number
   * @throws {TypeError} where `options` is missing, or where the claims cannot be written as JSON (a circular structure, a
   * BigInt)
   */
  generateAccessToken(options: AuthenticateOptions): TokenWithExpiry;
}

/** Options of a {@link BaseClient}. */
export interface BaseClientOptions extends ConnectionOptions {
  /** Name or IP address of the platform's host. */
  host: string;
  /** TCP port of the platform. */
  port: number;
  /** Name of the service. */
  serviceName: string;
  /** Version of the service. */
  serviceVersion: string;
  /** Identifier of the instance. */
  instanceId: string;
  /** Description of the service SDK. */
  sdkInfo: SDKInfo;
}

/** A client that sends HTTPS requests to one service of an instance. An {@link Instance} creates its own. */
export declare class BaseClient {
  private host;
  private port;
  private serviceName;
  private serviceVersion;
  private instanceId;
  private sdkInfo;

  /**
   * Creates a client. The constructor opens no connection: requests do, and their connections are kept for later requests
   * and shared by all clients.
   *
   * @param options - the service; optional in the original's types alone
   * @throws {TypeError} where `options` is missing; with the `code` `ERR_INVALID_ARG_TYPE` where `timeout`, `retry` or `ca`
   * is of the wrong type; with the `code` `ERR_INVALID_ARG_VALUE` where `ca` contains no certificate
   * @throws {RangeError} with the `code` `ERR_OUT_OF_RANGE` where a number is out of range
   */
  constructor(options?: BaseClientOptions);

  /**
   * Sends a request to `https://<host>:<port>/services/<serviceName>/<serviceVersion>/<instanceId>/<path>`.
   *
   * The promise resolves once a response with a status from 200 to 299 has been read to its end. GET, HEAD and OPTIONS
   * requests follow at most ten redirects, to https addresses only, and send `Authorization`, `Cookie` and
   * `Proxy-Authorization` as long as host and port stay the same. Proxies are taken from the environment variables `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` (or their lower-case
   * forms); the trust store is Node's, with `NODE_EXTRA_CA_CERTS` and `NODE_TLS_REJECT_UNAUTHORIZED`. Without `timeout`
   * only the operating system limits the time. Where the connection ends before the response, an idempotent
   * request is sent again, at most twice, the last time on a new connection (RFC 9112, section 9.3.1).
   *
   * Programs can observe requests: on the tracing channel `pusher-platform:request` of `diagnostics_channel`, whose
   * messages are {@link RequestMessage}; on the channels of undici, which tools that trace `fetch` subscribe to; and with
   * `NODE_DEBUG=pusher-platform`, which prints one line for each request. None of them shows the `jwt`, or the headers
   * `Authorization`, `Proxy-Authorization` and `Cookie`, of a request.
   *
   * Where a program has decided something about its connections that only Node's `https` follows, this sends the requests:
   * while an interceptor such as nock 13, nock 14 or msw 2 is active, where a function such as `https.request` or
   * `dns.lookup` has been replaced, with `--tls-keylog`, and so on. The environment variable
   * `PUSHER_PLATFORM_TRANSPORT=node` and `pusher-platform-native/testing/node-http` send all requests of a process so. Where
   * that variable is anything but `node`, `auto` or empty, each request rejects with `ERR_INVALID_ARG_VALUE`.
   *
   * The promise rejects with
   * - an {@link ErrorResponse}, which is not an `Error`, for a status from 400 to 599;
   * - an `Error` `Unsupported Redirect Response: 302` for a redirect that is not followed, and an `Error` that names both
   *   addresses for a redirect from https to http, which the original follows;
   * - an `Error` `Unsupported Response Code: 600` for any other status;
   * - an `Error` with Node's `code`, and with `errno`, `syscall`, `address`, `port` and `hostname` where Node sets them,
   *   where no complete response was received: `ENOTFOUND`, `ECONNREFUSED`, `ECONNRESET`, `ETIMEDOUT`; for a certificate
   *   `DEPTH_ZERO_SELF_SIGNED_CERT`, `CERT_HAS_EXPIRED`, `ERR_TLS_CERT_ALTNAME_INVALID` and others; for a response that
   *   is not valid HTTP a code that begins with `HPE_` (https://nodejs.org/api/errors.html);
   * - a `TypeError` with Node's `code` for a method or header that cannot be sent, `ERR_INVALID_HTTP_TOKEN`,
   *   `ERR_INVALID_CHAR` or `ERR_INVALID_ARG_TYPE`, and without a `code` for a body that cannot be written as JSON;
   * - an `Error` for a `HEAD` request with a body;
   * - an `Error` with the `code` `ETIMEDOUT` when `timeout` has passed, and the reason of a `signal` that has aborted;
   * - a `TypeError` or a `RangeError` for an invalid `timeout`, `retry` or `signal`, as the constructor throws it;
   * - a `TypeError` with the `code` `ERR_INVALID_ARG_TYPE` where there is no `path`, and with `ERR_INVALID_ARG_VALUE` for a `jwt`
   *   that is an object, a `host` that is a URL or has a port, and a `port` such as `abc`, in which the original finds none. The
   *   original requests something that the caller cannot mean, or fails without a word of the option.
   *
   * An error after more than one attempt of `retry` has their number as `attempts`.
   *
   * @param options - the request
   * @throws {TypeError} synchronously where `options` is missing, or where `path` cannot be converted to a string
   */
  request(options: RequestOptions): Promise<IncomingMessageWithBody>;

  private sanitizePath;
}

/**
 * The message that subscribers of the tracing channel `pusher-platform:request` receive for a request. All five events of a request
 * have the same object.
 *
 * @example
 * import { tracingChannel } from 'diagnostics_channel';
 * import type { RequestMessage } from 'pusher-platform-native';
 *
 * tracingChannel('pusher-platform:request').asyncEnd.subscribe((message) => {
 *   const { method, path, status, error } = message as RequestMessage;
 *   console.log(method, path, status || error.code || error.name);
 * });
 */
export interface RequestMessage {
  /** Method as the caller gave it, or `GET`. */
  method: string;
  /** Path as the caller gave it. */
  path: string;
  /** `https://host:port`. Missing where the request has no valid address. */
  origin?: string;
  /** URL of the request, without its query string. */
  url?: string;
  /** The number of attempts so far. */
  attempt: number;
  /** Status of the response, once it has been received. */
  status?: number;
  /** Headers of the response, without `set-cookie`. */
  headers?: Headers;
  /** The response. It is set before `asyncStart` is published. */
  result?: IncomingMessageWithBody;
  /** The reason of a request that has failed, once it has: what the caller's promise rejects with. */
  error?: any;
  /**
   * Adds a header to the request, unless the caller of the request has set one of that name, or the name belongs to the
   * connection or to the framing of the message (`Host`, `Content-Length`, `Transfer-Encoding`, `Connection` and others).
   *
   * @throws {TypeError} with the `code` of Node's `setHeader` where the name or the value is not valid in a header
   * @throws {Error} with the `code` `ERR_HTTP_HEADERS_SENT` after all subscribers of `start` have been called
   */
  addHeader(name: string, value: string | number | string[]): void;
}

/** Options of a request. `timeout` and `retry` take precedence over those of its client. */
export interface RequestOptions extends RequestLimits {
  /**
   * Signal that aborts the request: the request rejects with the signal's reason, and its connection is closed. Where the
   * signal has already aborted, nothing is sent.
   */
  signal?: AbortSignalLike | undefined;
  /** Method, in upper or lower case. From JavaScript it may be left out, which means `GET`. */
  method: string;
  /**
   * Path below that of the service, for example `feeds/playground`. Repeated slashes are sent as one, a slash at the end is
   * not sent, and `?` and `#` are percent-encoded; give a query string in `qs`. Unlike in the original, non-ASCII
   * characters are sent as percent-encoded UTF-8.
   */
  path: string;
  /** Access token for the `Authorization` header, without `Bearer`. It takes precedence over a header of that name. */
  jwt?: string;
  /**
   * Headers of the request. They are added to those of the `SDKInfo`, and override them. Unlike in the original, only
   * this request sends them: there, later requests of the same `SDKInfo` send them as well.
   */
  headers?: Headers;
  /**
   * Body, which is sent as JSON: any value that `JSON.stringify` accepts, including `null`, `0`, `false` and strings.
   * `undefined` means no body. Unlike in the original, `Content-Type` is `application/json` unless a header says otherwise.
   */
  body?: any;
  /** Parameters of the query string, in the format of the `qs` package: `a[b]=1` for nested objects, `a[0]=1` for arrays. */
  qs?: object;
  /** Whether the query string has the format of Node's `querystring` instead: `a=1&a=2` for arrays. */
  useQuerystring?: boolean;
}

/**
 * A response that has been read to its end, an object of the class that Node's HTTP client uses. `for await` over it
 * yields the bytes of the body, in one Buffer.
 */
export interface IncomingMessageWithBody extends IncomingMessage {
  /** Body of the response, decoded from UTF-8 to a string. {@link readJSON} parses it. */
  body?: any;
}

/**
 * Parses the body of a response as JSON. The original's README describes this function, but its code does not have it.
 *
 * @typeParam T - what the caller expects the body to be, which is not checked
 * @param response - a response of {@link Instance.request}
 * @returns a promise of the parsed body, which rejects with a `SyntaxError` where the body is not JSON, or is empty, and with a
 * `TypeError` where `response` is a promise
 */
export declare function readJSON<T = any>(
  response: Pick<IncomingMessageWithBody, 'body'>,
): Promise<T>;

/**
 * The reason with which `request` rejects after a response with a status from 400 to 599. It is not an `Error`, but has a
 * name, a message and a stack like one ({@link ErrorResponseWithMessage}), and is printed in one line, which is also what `String` makes of it.
 */
export declare class ErrorResponse {
  /** Status of the response, from 400 to 599. */
  readonly status: number;
  /** Headers of the response. */
  readonly headers: Headers;
  /**
   * Identifier of the error, for example `services/feeds/not_found`. Where the body is not JSON, the text
   * `Something went wrong, but could not parse the response`.
   */
  readonly error: string;
  /** Description of the error for people. Empty where the body is not JSON. */
  readonly error_description: string;
  /** Address of more information. */
  readonly error_uri?: string;

  /** Creates an error response. `headers` is `{}` by default. */
  constructor(options: {
    status: number;
    headers?: Headers;
    error: string;
    error_description: string;
    error_uri?: string;
  });
}

/**
 * The members that the original does not have. Their types are those of {@link ErrorResponseWithMessage}. They are optional and `any` here, and
 * not written out, so that objects and classes of a program that are error responses for the original are so here as well.
 */
export interface ErrorResponse
  extends Loose<'name' | 'message' | 'stack' | 'body'>,
    Loose<'method' | 'path' | 'attempts'> {}

/** An object that may have these members, of whatever types. */
export declare type Loose<Name extends string> = { readonly [K in Name]?: any };

/**
 * An {@link ErrorResponse} as this package creates it, with the types of its additional members. None of these is enumerable: neither
 * JSON nor copies nor comparisons have them. `name`, `message` and, at first, `stack` are made from the other members when they are
 * read.
 *
 * @example
 * instance.request(options).catch((error: ErrorResponseWithMessage) => console.log(error.message));
 */
export interface ErrorResponseWithMessage extends ErrorResponse {
  /** `ErrorResponse`. */
  readonly name: string;
  /** `error`, `error_description` and `error_uri` in one line. */
  readonly message: string;
  /** The line that Node prints where nobody handles the error, and the functions that have awaited the request. */
  readonly stack: string;
  /** Method of the request, in upper case. Missing in an object that a program has created, as the next three are. */
  readonly method?: string;
  /** Path of the request as the caller gave it, up to `?` or `#`. */
  readonly path?: string;
  /** How many attempts were made. Missing if it was one. */
  readonly attempts?: number;
  /** Text of a body that is not JSON: the first 65 536 characters, without the credentials of the request. Missing otherwise. */
  readonly body?: string;
}

/** The response that an authentication endpoint has to send to its client: a status, headers, and a body to be sent as JSON. */
export declare class AuthenticationResponse {
  /** 200, 401 or 422. */
  readonly status: number;
  /** Headers. The object is empty; an application may add to it. */
  readonly headers: Headers;
  /** The tokens where the status is 200, an error otherwise. */
  readonly body: TokenResponse | ErrorBody;

  /** Creates a response. `headers` is `{}` by default. */
  constructor(options: { status: number; headers?: Headers; body: TokenResponse | ErrorBody });
}

/**
 * An {@link AuthenticationResponse} as an instance returns it, with the members of its body. They are in a type of their own for
 * the sake of programs that list the members of `AuthenticationResponse` or extend the class.
 */
export interface AuthenticationResponseWithTokens extends AuthenticationResponse {
  /** The `access_token` of the body; `undefined` unless the status is 200. Like the next three, it is on the prototype. */
  readonly access_token?: string | undefined;
  /** The `token_type` of the body. */
  readonly token_type?: string | undefined;
  /** The `expires_in` of the body. */
  readonly expires_in?: number | undefined;
  /** The `refresh_token` of the body, where it has one. */
  readonly refresh_token?: string | undefined;
}

/** The body of a response that issues tokens (RFC 6749, section 5.1). */
export interface TokenResponse {
  /** Access token. */
  access_token: string;
  /** `bearer`. */
  token_type: string;
  /** Seconds until the access token expires. */
  expires_in: number;
  /** Refresh token, from {@link Instance.authenticateWithRefreshToken} only. */
  refresh_token?: string;
}

/** The body of a response that refuses tokens (RFC 6749, section 5.2). */
export interface ErrorBody {
  /** Identifier of the error, for example `token_provider/invalid_grant_type`. */
  error: string;
  /** Description of the error for people. */
  error_description: string;
  /** Address of more information. This package does not set it. */
  error_uri?: string;
}

/** The parsed request of a client to an authentication endpoint (RFC 6749, sections 4.4.2 and 6). */
export interface AuthenticatePayload {
  /** `client_credentials` or `refresh_token`. */
  grant_type: string;
  /** The refresh token to exchange, for the grant type `refresh_token`. */
  refresh_token?: string;
}

/** The user, the claims and the lifetime of an access token. */
export interface AuthenticateOptions {
  /** Identifier of the user: the claim `sub`. */
  userId?: string;
  /** Claims of the service: an object whose properties are added to the standard claims, and may override them. */
  serviceClaims?: any;
  /** Whether the token grants the rights of a superuser: the claim `su`. */
  su?: boolean;
  /** Lifetime of the access token in seconds. The default, also for 0, is 86400, which is a day. */
  tokenExpiry?: number;
}

/** An access token and its lifetime. */
export interface TokenWithExpiry {
  /** The JSON Web Token. */
  token: string;
  /** Seconds until the token expires. */
  expires_in: number;
}

/** The description of a service SDK, which is sent to the platform in headers of each request. */
export declare class SDKInfo {
  /** Name of the product. */
  readonly productName: string;
  /** Version of the SDK. */
  readonly version: string;
  /** Language of the SDK. */
  readonly language: string;
  /** Platform that the SDK runs on. */
  readonly platform: string;
  /** Headers that each request sends. They may be changed; later requests send the changed headers. */
  readonly headers: SDKInfoHeaders;

  /**
   * Creates a description. The default of `language` is `node`, that of `platform` is `server`.
   *
   * @throws {TypeError} where there are no options
   */
  constructor(options: {
    productName: string;
    version: string;
    language?: string;
    platform?: string;
  });
}

/** The headers of an {@link SDKInfo}. */
export interface SDKInfoHeaders {
  /** Name of the product. */
  'X-SDK-Product': string;
  /** Version of the SDK. */
  'X-SDK-Version': string;
  /** Language of the SDK. */
  'X-SDK-Language': string;
  /** Platform that the SDK runs on. */
  'X-SDK-Platform': string;
}

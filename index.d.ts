/// <reference types="node" />

// The types of the package: the original's, `readJSON`, and the names of what only its deep modules exported.
// A program that compiles against the types of `@pusher/platform-node` 0.15.5 compiles against these.

/**
 * The package: instances, what they issue, and what they make requests with.
 *
 * @module pusher-platform-native
 */

// biome-ignore-all lint/suspicious/noExplicitAny: the original's types say any

import { IncomingMessage } from 'http';
import Authenticator from './types/authenticator';

// A type alone: the original's types let it pass for a class, which its code does not export.
export type { IncomingMessage };

/**
 * Names and values of HTTP headers, of a request as of a response.
 *
 * In a request, a list makes one line a value (one for all in `Cookie`). JavaScript may give a number, which is sent
 * as its text, and `undefined`, which leaves the header out. In a response, names are in lower case and duplicates are
 * merged by Node's rules: https://nodejs.org/api/http.html#messageheaders
 */
export declare type Headers = {
  [key: string]: string | string[];
};

/** Limits of a request, none of which the original had. Without them, a request takes its time and is sent once. */
export interface RequestLimits {
  /**
   * Milliseconds that a request may take, from the call to the end of its response, retries included. It rejects then
   * with an `Error` whose `code` is `ETIMEDOUT`, and its connection is closed. 0 is no limit.
   */
  timeout?: number;
  /** How many times a request may be sent again, or when it may be; 0 is never. */
  retry?: number | RetryOptions;
}

/**
 * When a request is sent again: after a response with one of the `statusCodes`, and where the server could not be
 * reached or the connection broke (`ECONNREFUSED`, `ECONNRESET`, `ECONNABORTED`, `EPIPE`, `ETIMEDOUT`, `ENETUNREACH`,
 * `EHOSTUNREACH`, `ENETDOWN`, `EAI_AGAIN`, `ENOTFOUND`). It waits a random time of at most 100 ms before the first
 * retry, and of at most twice as long before each next one; a `Retry-After` of the response, in seconds or as a date,
 * is obeyed to the second instead. The last attempt's outcome is the request's.
 */
export interface RetryOptions {
  /** How many times at most, beside the first; 2 by default. */
  limit?: number;
  /**
   * Methods that may be sent again; by default those that may be repeated (RFC 9110, section 9.2.2): `GET`, `HEAD`,
   * `OPTIONS`, `TRACE`, `PUT` and `DELETE`.
   */
  methods?: string[];
  /** Status codes of responses; 429, 502, 503 and 504 by default. */
  statusCodes?: number[];
  /** Milliseconds of the longest wait, 30000 by default. A response that asks for a longer one is the last. */
  maxDelay?: number;
}

/** Options of what makes requests, none of which the original had. */
export interface ConnectionOptions extends RequestLimits {
  /**
   * Certificates in PEM of whom to trust in place of whom Node trusts, for servers of one's own that `host` and `port`
   * point at. As in Node, a certificate may be its own authority.
   */
  ca?: string | Buffer | Array<string | Buffer>;
}

/**
 * Aborts a request: Node's own `AbortSignal`, or what looks like one in Node 14.
 * https://nodejs.org/api/globals.html#class-abortsignal
 */
export interface AbortSignalLike {
  /** Whether it has aborted already. */
  readonly aborted: boolean;
  /** Called to listen for `abort`. */
  addEventListener(type: 'abort', listener: () => void): void;
  /** Called once the request has ended. */
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** What a service SDK has to know in order to talk to its service. */
export interface InstanceOptions extends ConnectionOptions {
  /** Where the instance is, from the dashboard: `version:cluster:instanceId`, `v1:us1:b92a…`. */
  locator: string;
  /** The instance's key, from the dashboard: `keyId:keySecret`, split at the first colon. A secret: keep it on servers. */
  key: string;
  /** Name of the service, `feeds`. */
  serviceName: string;
  /** Version of the service, `v1`. */
  serviceVersion: string;
  /** TCP port of the platform; 443 by default. */
  port?: number;
  /** Host of the platform, a name or an address; `<cluster>.pusherplatform.io` by default. */
  host?: string;
  /**
   * Sends the requests in place of a client that the instance makes; then `host`, `port`, `sdkInfo`, `timeout`, `retry`
   * and `ca` are not used.
   */
  client?: BaseClient;
  /** Describes the service SDK; needed where there is no `client`. */
  sdkInfo?: SDKInfo;
}

/**
 * An instance of the platform: issues its tokens and makes requests to one of its services.
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
   * Sends the requests: the `client` of the options, or the instance's own. It may be replaced; later requests go
   * through the new one.
   */
  client: Pick<BaseClient, 'request'>;
  /** Issues the tokens. It may be replaced; later tokens come from the new one. */
  authenticator: Authenticator;
  /** Identity of the instance, the third part of the locator. */
  readonly id: string;
  /** Name of the service. */
  readonly serviceName: string;
  /** Version of the service. */
  readonly serviceVersion: string;
  /** Cluster, the second part of the locator. */
  readonly cluster: string;
  /** Version of the platform, the first part of the locator. */
  readonly platformVersion: string;
  /** Identity of the key, what stands before its first colon. */
  readonly keyId: string;
  /** Secret of the key, the rest of it. Unlike the original's it is not enumerable, so that no log or JSON shows it. */
  readonly keySecret: string;

  /**
   * Checks the options; connects to nothing.
   *
   * `client` may be any object that has `request`.
   *
   * @throws {Error} at once where `locator`, `serviceName`, `serviceVersion`, `key`, or both of `client` and `sdkInfo`
   * are missing, and where the locator has not three parts or the key not two. The messages are the original's, save
   * that a missing `key` is named, which there was a TypeError from inside.
   */
  constructor(options: Omit<InstanceOptions, 'client'> & { client?: Pick<BaseClient, 'request'> });

  /** Makes a request to the service: see {@link BaseClient.request}. */
  request(options: RequestOptions): Promise<IncomingMessageWithBody>;

  /**
   * Issues an access token to a user whom the caller has already made sure of. Synchronous; sends nothing.
   *
   * Answers status 200 with a {@link TokenResponse} that has no `refresh_token`. Where `grant_type` is not
   * `client_credentials`, answers 422 with the error `token_provider/invalid_grant_type`; it throws nothing then.
   *
   * @throws what {@link Instance.generateAccessToken} throws.
   */
  authenticate(
    authenticatePayload: AuthenticatePayload,
    options: AuthenticateOptions,
  ): AuthenticationResponse;

  /**
   * Issues an access token and a refresh token, for the grant `client_credentials` or in return for an earlier refresh
   * token, the grant `refresh_token`. Synchronous; sends nothing.
   *
   * Answers status 200 with a {@link TokenResponse} that has a `refresh_token`, which does not expire. Otherwise it
   * answers, and throws nothing:
   * - 422 `token_provider/invalid_grant_type` for any other grant;
   * - 401 `token_provider/invalid_refresh_token` for a refresh token that has expired, is invalid (not signed with this
   *   key by HS256, HS384 or HS512, of another issuer, not valid yet, or missing), has no `refresh` claim of `true`, or
   *   was issued to another user than `options.userId`. The `error_description` tells which.
   *
   * @throws what {@link Instance.generateAccessToken} throws.
   */
  authenticateWithRefreshToken(
    authenticatePayload: AuthenticatePayload,
    options: AuthenticateOptions,
  ): AuthenticationResponse;

  /**
   * Issues an access token, a JSON Web Token (RFC 7519) signed with the key by HS256. Its claims are, in this order,
   * `instance`, `iss` (`api_keys/<keyId>`), `iat`, `exp`, `sub`, `su`, and then `serviceClaims`, which override any of
   * them. Times are those of `Date.now()`. Synchronous; sends nothing.
   *
   * @throws {Error} `"exp" should be a number of seconds`, and the like for `iat` and `nbf`, where a claim is none.
   * @throws {TypeError} where `options` are missing or the claims are no JSON (a circular structure, a BigInt).
   */
  generateAccessToken(options: AuthenticateOptions): TokenWithExpiry;
}

/** Where a service is. */
export interface BaseClientOptions extends ConnectionOptions {
  /** Host of the platform, a name or an address. */
  host: string;
  /** TCP port of the platform. */
  port: number;
  /** Name of the service. */
  serviceName: string;
  /** Version of the service. */
  serviceVersion: string;
  /** Identity of the instance. */
  instanceId: string;
  /** Describes the service SDK. */
  sdkInfo: SDKInfo;
}

/** Makes HTTPS requests to one service of an instance. An {@link Instance} makes its own. */
export declare class BaseClient {
  private host;
  private port;
  private serviceName;
  private serviceVersion;
  private instanceId;
  private sdkInfo;

  /**
   * Connects to nothing; connections are made by requests, kept for later ones, and shared by all clients.
   *
   * @throws {TypeError} where there are no options, which only the original's types leave out; and where `timeout`,
   * `retry` or `ca` are of another type, with the `code` `ERR_INVALID_ARG_TYPE`, or `ca` holds no certificate,
   * `ERR_INVALID_ARG_VALUE`.
   * @throws {RangeError} where a number is out of its range, with the `code` `ERR_OUT_OF_RANGE`.
   */
  constructor(options?: BaseClientOptions);

  /**
   * Makes a request to `https://<host>:<port>/services/<serviceName>/<serviceVersion>/<instanceId>/<path>`.
   *
   * Resolves once a response with a status from 200 to 299 has been read to its end. GET, HEAD and OPTIONS follow
   * redirects within https, ten at most, with `Authorization` for as long as the host stays the same. Proxies come from
   * `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` (or in lower case), trust from Node, `NODE_EXTRA_CA_CERTS` and
   * `NODE_TLS_REJECT_UNAUTHORIZED`. There is no time limit but the operating system's and `timeout`. Where the server
   * closes a kept connection before it answers, the request is sent again on a new one if nothing of it can have been
   * processed.
   *
   * Programs can look on: on the tracing channel `pusher-platform:request` of `diagnostics_channel`, whose messages are
   * {@link RequestMessage}; on the channels of undici, which tracers of `fetch` listen to; and with
   * `NODE_DEBUG=pusher-platform`, which prints a line a request. None of them ever shows the `jwt`, `Authorization`,
   * `Proxy-Authorization` or `Cookie` of a request. Where nock 13 or 14 or msw 2 stands in Node's client, or
   * `pusher-platform-native/testing/node-http` was loaded, requests go through Node's own `https`.
   *
   * Rejects with
   * - an {@link ErrorResponse}, which is not an `Error`, for a status from 400 to 599;
   * - an `Error` `Unsupported Redirect Response: 302` for a redirect that is not followed, and with one that names
   *   both addresses for a redirect from https to http, which the original followed;
   * - an `Error` `Unsupported Response Code: 600` for any other status;
   * - an `Error` with the `code` that Node gives it, and where Node sets them `errno`, `syscall`, `address`, `port` and
   *   `hostname`, where there is no whole response: `ENOTFOUND`, `ECONNREFUSED`, `ECONNRESET`, `ETIMEDOUT`, for a
   *   certificate `DEPTH_ZERO_SELF_SIGNED_CERT`, `CERT_HAS_EXPIRED`, `ERR_TLS_CERT_ALTNAME_INVALID` and the like, for
   *   a response that is no HTTP `HPE_…` (https://nodejs.org/api/errors.html);
   * - a `TypeError` with the `code` that Node gives it for a method or header that cannot be sent,
   *   `ERR_INVALID_HTTP_TOKEN`, `ERR_INVALID_CHAR`, `ERR_INVALID_ARG_TYPE`, and without one for a body that is no JSON;
   * - an `Error` for `HEAD` with a body;
   * - an `Error` with the `code` `ETIMEDOUT` for `timeout`, and the reason of a `signal` that aborts;
   * - a `TypeError` or a `RangeError` for a `timeout`, `retry` or `signal` that is none, as the constructor throws it.
   *
   * @throws {TypeError} at once, rather than rejecting, where `options` are missing or `path` has no text.
   */
  request(options: RequestOptions): Promise<IncomingMessageWithBody>;

  private sanitizePath;
}

/** What the tracing channel `pusher-platform:request` tells of a request. */
export interface RequestMessage {
  /** As the caller gave it, or `GET`. */
  method: string;
  /** As the caller gave it. */
  path: string;
  /** `https://host:port`; none where the request goes nowhere. */
  origin?: string;
  /** The whole address, without its query. */
  url?: string;
  /** How many attempts it took, so far. */
  attempt: number;
  /** Of the response, as soon as it is there. */
  status?: number;
  /** Of the response, without `set-cookie`. */
  headers?: Headers;
  /** The response, from `asyncStart` on. */
  result?: IncomingMessageWithBody;
  /** What the request fails with. */
  error?: unknown;
  /**
   * Has a header sent with the request, unless its caller has set one of that name, or the name belongs to the connection
   * or to the framing of the message (`Host`, `Content-Length`, `Transfer-Encoding`, `Connection` and the like).
   *
   * @throws {TypeError} as Node's `setHeader`, for a name or a value that no header may have.
   * @throws {Error} with the `code` `ERR_HTTP_HEADERS_SENT`, once `start` has been published.
   */
  addHeader(name: string, value: string | number | string[]): void;
}

/** A request to a service. `timeout` and `retry` outrank those of its client. */
export interface RequestOptions extends RequestLimits {
  /**
   * Aborts the request, which then rejects with the signal's reason and whose connection is closed. One that has aborted
   * already keeps it from being sent.
   */
  signal?: AbortSignalLike;
  /** Method, in upper or lower case. JavaScript may leave it out, for GET. */
  method: string;
  /**
   * Path below the service's, `feeds/playground`. Runs of slashes are sent as one, a slash at the end is not sent, and
   * `?` and `#` are escaped: a query string belongs in `qs`. Unlike in the original, characters beyond ASCII are sent
   * as percent-encoded UTF-8.
   */
  path: string;
  /** Token for the `Authorization` header, without `Bearer`. It outranks a header of that name. */
  jwt?: string;
  /**
   * Headers, beside those of the `SDKInfo`, which they override. Unlike in the original they are this request's alone:
   * there, later requests of the same `SDKInfo` sent them too.
   */
  headers?: Headers;
  /**
   * Anything that `JSON.stringify` takes, `null`, `0`, `false` and strings included; `undefined` means no body. Unlike
   * in the original, `Content-Type` is `application/json` where the headers have none.
   */
  body?: any;
  /** Parameters of the query string: nested ones as the `qs` package writes them, `a[b]=1`, lists as `a[0]=1`. */
  qs?: object;
  /** Whether Node's `querystring` writes the query string instead: lists as `a=1&a=2`. */
  useQuerystring?: boolean;
}

/** A response as Node's HTTP client gives it, read to its end. Iterating over it yields the body once more. */
export interface IncomingMessageWithBody extends IncomingMessage {
  /**
   * The body: a string, decoded as UTF-8, where this package made the response. {@link readJSON} parses it.
   */
  body?: any;
}

/**
 * Parses the body of a response as JSON. The original's README promised it; its code never had it.
 *
 * Rejects with a `SyntaxError` where the body is no JSON, an empty one for instance.
 */
export declare function readJSON(response: Pick<IncomingMessageWithBody, 'body'>): Promise<any>;

/**
 * The answer of the platform to a request that it refuses, as `request` rejects with it. It is not an `Error`, but has
 * the name and message of one, and is printed in one line.
 */
export declare class ErrorResponse {
  /** `ErrorResponse`. On the prototype, as `message` is; only the original's objects are without. */
  readonly name?: string;
  /** Error, description and address in one line. */
  readonly message?: string;
  /** Status of the response, 400 to 599. */
  readonly status: number;
  /** Headers of the response. */
  readonly headers: Headers;
  /**
   * What went wrong, for programs, `services/feeds/not_found`; `Something went wrong, but could not parse the response`
   * where the body is no JSON.
   */
  readonly error: string;
  /** What went wrong, for people; empty where the body is no JSON. */
  readonly error_description: string;
  /** Where to read more. */
  readonly error_uri?: string;

  /** `headers` are `{}` by default. */
  constructor(options: {
    status: number;
    headers?: Headers;
    error: string;
    error_description: string;
    error_uri?: string;
  });
}

/** What an authentication endpoint is to answer its client: status, headers, and the body, to be written as JSON. */
export declare class AuthenticationResponse {
  /** 200, 401 or 422. */
  readonly status: number;
  /** Empty, for the application to add to. */
  readonly headers: Headers;
  /** Tokens where the status is 200, an error otherwise. */
  readonly body: TokenResponse | ErrorBody;

  /** The body's; undefined where the status is another than 200. On the prototype, as the next three are. */
  readonly access_token?: string;
  /** The body's. */
  readonly token_type?: string;
  /** The body's. */
  readonly expires_in?: number;
  /** The body's, where there is one. */
  readonly refresh_token?: string;

  /** `headers` are `{}` by default. */
  constructor(options: { status: number; headers?: Headers; body: TokenResponse | ErrorBody });
}

/** Tokens for a client (RFC 6749, section 5.1). */
export interface TokenResponse {
  /** Access token. */
  access_token: string;
  /** `bearer`. */
  token_type: string;
  /** Seconds until the access token expires. */
  expires_in: number;
  /** Token to get the next ones with, where it was asked for. */
  refresh_token?: string;
}

/** Why a client gets no tokens (RFC 6749, section 5.2). */
export interface ErrorBody {
  /** For programs, `token_provider/invalid_grant_type`. */
  error: string;
  /** For people. */
  error_description: string;
  /** Where to read more; this package sets none. */
  error_uri?: string;
}

/** What a client sends to an authentication endpoint, once parsed (RFC 6749, sections 4.4.2 and 6). */
export interface AuthenticatePayload {
  /** `client_credentials` or `refresh_token`. */
  grant_type: string;
  /** For the grant `refresh_token`: the token to exchange. */
  refresh_token?: string;
}

/** Whom an access token is for, and what it permits. */
export interface AuthenticateOptions {
  /** The user, the token's `sub`. */
  userId?: string;
  /** Claims of the service, an object, added to the token's own, which they may override. */
  serviceClaims?: any;
  /** Whether the token gives the rights of a superuser, the token's `su`. */
  su?: boolean;
  /** Seconds until the access token expires; 86400, a day, by default and for 0. */
  tokenExpiry?: number;
}

/** An access token. */
export interface TokenWithExpiry {
  /** The token, a JSON Web Token. */
  token: string;
  /** Seconds until it expires. */
  expires_in: number;
}

/** What a service SDK says of itself to the platform. */
export declare class SDKInfo {
  /** Name of the product. */
  readonly productName: string;
  /** Version of the SDK. */
  readonly version: string;
  /** Language of the SDK. */
  readonly language: string;
  /** Where it runs. */
  readonly platform: string;
  /** Headers of each request. They may be changed; later requests send the change. */
  readonly headers: SDKInfoHeaders;

  /**
   * `language` is `node` by default, and `platform` is `server`.
   *
   * @throws {TypeError} where there are no options.
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
  /** Where it runs. */
  'X-SDK-Platform': string;
}

/// <reference types="node" />

// The types of `pusher-platform-native/testing`.

/**
 * A local server that behaves like Pusher Platform, for the tests of service SDKs.
 *
 * @module pusher-platform-native/testing
 */

// biome-ignore-all lint/suspicious/noExplicitAny: JSON, which may be anything

import { IncomingHttpHeaders, OutgoingHttpHeaders } from 'http';

/** Options of {@link createPlatform}: the instance that the platform serves. A test may use any values. */
export interface PlatformOptions {
  /** Locator of the instance: `version:cluster:instanceId`. */
  locator: string;
  /** Key of the instance: `keyId:keySecret`. */
  key: string;
}

/** A local server that behaves like Pusher Platform. It serves every service, in every version, of one instance. */
export interface Platform {
  /** Address that the server listens on: 127.0.0.1. */
  readonly host: string;
  /** TCP port that the server listens on. */
  readonly port: number;
  /** Root certificate that a client has to trust, in PEM. Each process creates its own. */
  readonly ca: string;
  /** The requests that the server has received, including those that it refused, in the order in which they were complete. */
  readonly requests: PlatformRequest[];

  /**
   * Sets the response to the next request with a valid token, whatever its method and path. Each further call sets the response
   * to one more request. These responses take precedence over those of {@link Platform.on}.
   */
  respond(responder: Responder): void;

  /**
   * Sets the response to all requests with a method and a path below that of a service. In the path, `:name` matches any one
   * segment: `users/:id`. Where several paths match, the one that was set last is used.
   */
  on(method: string, path: string, responder: Responder): void;

  /** Removes all recorded requests and all responses that were set. */
  clear(): void;

  /** Closes all connections and stops the server. It may be called more than once. */
  close(): Promise<void>;
}

/** A request that the {@link Platform} has received. */
export interface PlatformRequest {
  /** Method, in upper case. */
  method: string;
  /** Path and query string, as they were sent. */
  url: string;
  /** Name of the service in the path. Empty where the path is not that of a service. */
  serviceName: string;
  /** Version of the service in the path. */
  serviceVersion: string;
  /** Identifier of the instance in the path. */
  instanceId: string;
  /** Path below that of the service, as it was sent: `users/a%20b`. */
  path: string;
  /** The decoded segment for each `:name` in the path of {@link Platform.on}. */
  params: Record<string, string>;
  /** Parameters of the query string, as the `qs` package parses them: strings, arrays and nested objects. */
  query: Record<string, any>;
  /** Headers as Node gives them, with names in lower case. */
  headers: IncomingHttpHeaders;
  /** The parsed body where it is JSON, its text otherwise, and `undefined` where there is none. */
  body: any;
  /** Claims of the access token, where the token is valid. */
  claims?: Record<string, any>;
}

/** A response, or a function that returns it. Where the function throws, the client receives a 500 that names the error. */
export type Responder =
  | PlatformResponse
  | ((request: PlatformRequest) => PlatformResponse | Promise<PlatformResponse>);

/** A response to a request, or a fault in its place. */
export interface PlatformResponse {
  /** Status. The default is 200. */
  status?: number;
  /** Headers, besides `Content-Length`, and besides `Content-Type` where the body is sent as JSON. */
  headers?: OutgoingHttpHeaders;
  /** Body. A string or a Buffer is sent unchanged, any other value as JSON. By default there is none. */
  body?: any;
  /** Time to wait before the response, in milliseconds. `Infinity` means that there is no response. */
  delay?: number;
  /**
   * Fault in place of the response. `reset` resets the connection, `malformed` sends bytes that are not HTTP, and `truncated`
   * closes the connection before the last byte of the response. After a `reset`, an idempotent request is sent again.
   */
  fault?: 'reset' | 'malformed' | 'truncated';
}

/**
 * Starts a local platform.
 *
 * Each request has to have an access token that is signed with the key, is for the instance, and has not expired. Otherwise
 * the response is a 401 in the format of Pusher Platform. Where no response was set, it is a 404. Each connection serves one
 * request, so that a fault always reaches its caller.
 *
 * The host of the platform is added to the environment variable `NO_PROXY` of the process, so that requests to it do not go
 * through a proxy.
 *
 * @example
 * const platform = await createPlatform({ locator: 'v1:local:an-instance', key: 'key-id:secret' });
 * platform.on('GET', 'users/:id', ({ params }) => ({ body: { id: params.id } }));
 *
 * @param options - the instance
 * @returns a promise of the platform, which rejects where the locator does not have three parts, or the key does not have two
 */
export declare function createPlatform(options: PlatformOptions): Promise<Platform>;

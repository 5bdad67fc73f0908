/// <reference types="node" />

// The types of `pusher-platform-native/testing`.

/**
 * A Pusher platform on this machine, for the tests of service SDKs.
 *
 * @module pusher-platform-native/testing
 */

// biome-ignore-all lint/suspicious/noExplicitAny: JSON, which may be anything

import { IncomingHttpHeaders, OutgoingHttpHeaders } from 'http';

/** The instance that a {@link Platform} has. A test makes one up. */
export interface PlatformOptions {
  /** Where the instance is: `version:cluster:instanceId`. */
  locator: string;
  /** The instance's key: `keyId:keySecret`. */
  key: string;
}

/** A Pusher platform on this machine: any service, in any version, of one instance. */
export interface Platform {
  /** Address that it listens on, 127.0.0.1. */
  readonly host: string;
  /** TCP port that it listens on. */
  readonly port: number;
  /** Certificate of the authority that a client has to trust, in PEM. Made anew in each process. */
  readonly ca: string;
  /** The requests that it got, in the order in which they were complete; refused ones too. */
  readonly requests: PlatformRequest[];

  /**
   * Answers the next request that has a good token, whatever it asks for; called again, the one after it. This comes
   * before what {@link Platform.on} says.
   */
  respond(responder: Responder): void;

  /**
   * Answers all requests of a method for a path below a service's, in which `:name` stands for any one segment:
   * `users/:id`. Of several that fit, the latest counts.
   */
  on(method: string, path: string, responder: Responder): void;

  /** Forgets the requests and the answers. */
  clear(): void;

  /** Ends all connections and stops. May be called again. */
  close(): Promise<void>;
}

/** A request, as the {@link Platform} got it. */
export interface PlatformRequest {
  /** Method, in upper case. */
  method: string;
  /** Path with the query string, as they were sent. */
  url: string;
  /** Name of the service in the path; empty where the path is no service's. */
  serviceName: string;
  /** Version of the service in the path. */
  serviceVersion: string;
  /** Identity of the instance in the path. */
  instanceId: string;
  /** Path below the service's, as it was sent: `users/a%20b`. */
  path: string;
  /** What stands for each `:name` of {@link Platform.on}, decoded. */
  params: Record<string, string>;
  /** Parameters of the query string, as the `qs` package reads them: texts, lists and nested ones. */
  query: Record<string, any>;
  /** Headers as Node gives them, with names in lower case. */
  headers: IncomingHttpHeaders;
  /** The body: parsed where it is JSON, otherwise its text; undefined where there is none. */
  body: any;
  /** Claims of the access token, where it is good. */
  claims?: Record<string, any>;
}

/** An answer, or what makes it from the request. Where it throws, the client gets a 500 that tells the error. */
export type Responder = Answer | ((request: PlatformRequest) => Answer | Promise<Answer>);

/** What to answer, and what goes wrong on the way. */
export interface Answer {
  /** 200 by default. */
  status?: number;
  /** Headers, beside Content-Length, and Content-Type where the body is sent as JSON. */
  headers?: OutgoingHttpHeaders;
  /** A string or a Buffer is sent as it is, anything else as JSON; none by default. */
  body?: any;
  /** Milliseconds to wait before; `Infinity` answers never. */
  delay?: number;
  /**
   * What happens in place of the answer: `reset`, the connection is reset; `malformed`, what comes is no HTTP;
   * `truncated`, the connection ends before the answer's last byte.
   */
  fault?: 'reset' | 'malformed' | 'truncated';
}

/**
 * Starts a platform.
 *
 * It asks of each request an access token that was signed with the key, for the instance, and has not expired, and
 * otherwise answers 401 as the platform did; 404 where no answer was given to it.
 *
 * @example
 * const platform = await createPlatform({ locator: 'v1:local:an-instance', key: 'key-id:secret' });
 * platform.on('GET', 'users/:id', ({ params }) => ({ body: { id: params.id } }));
 *
 * Rejects where the locator has not three parts or the key not two.
 */
export declare function createPlatform(options: PlatformOptions): Promise<Platform>;

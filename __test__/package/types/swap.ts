// Programs around the original's types, as applications and their tests have them: mocks, subclasses, mapped types and narrowing.
// The file is compiled with the types of the original and of our package, under the strictest options.

// biome-ignore-all lint/style/useImportType: TypeScript 3.9 has no such modifiers
// biome-ignore-all lint/complexity/useLiteralKeys: the way to a private member
// biome-ignore-all lint/suspicious/noExplicitAny: as a program for JavaScript's errors has it

import {
  AuthenticateOptions,
  AuthenticatePayload,
  AuthenticationResponse,
  BaseClient,
  ErrorResponse,
  Instance,
  InstanceOptions,
  SDKInfo,
  TokenWithExpiry,
} from '@pusher/platform-node';
import Authenticator from '@pusher/platform-node/target/authenticator';

// Mocks

type RequestOptions = Parameters<Instance['request']>[0];
type PublicInstance = Pick<Instance, keyof Instance>;

export const mock: PublicInstance = {
  request: () => Promise.reject(new Error('offline')),
  authenticate: () => new AuthenticationResponse({ status: 200, body: tokens }),
  authenticateWithRefreshToken: () => ({ status: 200, headers: {}, body: tokens }),
  generateAccessToken: () => ({ token: 'token', expires_in: 1 }),
};

export class FakeInstance implements PublicInstance {
  request(options: RequestOptions): ReturnType<Instance['request']> {
    return Promise.reject(options.path);
  }

  authenticate(payload: AuthenticatePayload, _options: AuthenticateOptions) {
    return new AuthenticationResponse({ status: payload.grant_type ? 200 : 422, body: tokens });
  }

  authenticateWithRefreshToken(payload: AuthenticatePayload, options: AuthenticateOptions) {
    return this.authenticate(payload, options);
  }

  generateAccessToken({ userId }: AuthenticateOptions): TokenWithExpiry {
    return { token: userId || '', expires_in: 1 };
  }
}

/** What `jest.Mocked` and `sinon.SinonStubbedInstance` make of a class. */
type Stubbed<T> = { [K in keyof T]: T[K] & { calls: unknown[] } };

export const stubbed = (instance: Stubbed<Instance>, client: Stubbed<BaseClient>): unknown[] => [
  ...instance.request.calls,
  ...instance.authenticate.calls,
  ...client.request.calls,
];

export const fakeClient: Pick<BaseClient, keyof BaseClient> = {
  request: (options) => Promise.reject(options),
};
export const fakeAuthenticator: Pick<Authenticator, keyof Authenticator> = new FakeInstance();

const tokens = { access_token: 'token', token_type: 'bearer', expires_in: 1 };
export const response: AuthenticationResponse = { status: 200, headers: {}, body: tokens };
export const failure: ErrorResponse = {
  status: 404,
  headers: { a: ['b', 'c'] },
  error: 'not_found',
  error_description: 'There is none',
};
export const description: SDKInfo = {
  productName: 'product',
  version: '1.0.0',
  language: 'node',
  platform: 'server',
  headers: {
    'X-SDK-Product': 'product',
    'X-SDK-Version': '1.0.0',
    'X-SDK-Language': 'node',
    'X-SDK-Platform': 'server',
  },
};

// Subclasses

export class Answer extends AuthenticationResponse {
  extra = 1;

  get access_token(): string | undefined {
    return 'access_token' in this.body ? this.body.access_token : undefined;
  }

  get refresh_token(): string | undefined {
    return undefined;
  }
}

export class Failure extends ErrorResponse {
  cause = new Error('cause');

  get message(): string {
    return `${this.status} ${this.error}`;
  }

  get name(): 'Failure' {
    return 'Failure';
  }
}

export class NumberedFailure extends ErrorResponse {
  message = 1;
}

export class Service extends Instance {
  constructor(options: Pick<InstanceOptions, 'locator' | 'key'>, sdkInfo: SDKInfo) {
    super({ ...options, serviceName: 'feeds', serviceVersion: 'v1', sdkInfo });
  }
}

export class SameService extends Instance {
  constructor(...args: ConstructorParameters<typeof Instance>) {
    super(...args);
  }
}

export class ServiceAuthenticator extends Authenticator {
  readonly name = 'service';
}

export class Client extends BaseClient {
  readonly name = 'client';
}

// Mapped types

export const shown: Record<keyof AuthenticationResponse, boolean> = {
  status: true,
  headers: false,
  body: false,
};
export const optional: Partial<RequestOptions> = { path: 'a' };
export const required: Required<Pick<InstanceOptions, 'host' | 'port'>> = { host: 'a', port: 1 };
export const whole: Required<SDKInfo> = { ...description };

/** A `switch` over all names, which does not compile if a name has no case. */
export function labelOf(name: keyof AuthenticationResponse): string {
  switch (name) {
    case 'status':
    case 'headers':
      return 'HTTP';
    case 'body':
      return 'body';
  }
}

export type Answered = ReturnType<Instance['authenticate']>;
export const answered: Answered = new Answer(response);
export const asked: RequestOptions = { method: 'GET', path: 'a' };

// Narrowing

export function thrown(error: Error | ErrorResponse): string | undefined {
  return error instanceof ErrorResponse ? error.error : error.stack;
}

export function known(error: Failure | Error): Error | string {
  return error instanceof ErrorResponse ? error.cause : error.message;
}

export function generic<T extends ErrorResponse>(error: T | Error): number | string | undefined {
  return error instanceof ErrorResponse ? error.status : error.stack;
}

export function root(error: unknown): number {
  let cause: any = error;
  while (!(cause instanceof ErrorResponse)) cause = cause.cause;
  return cause.status;
}

// The parts of an instance, which are private in the original's types

export function partsOf(instance: Instance): string[] {
  const id: string = instance['id'];
  const cluster: string = instance['cluster'];
  instance['client'].request(asked);
  return [id, cluster, instance['keyId'], instance['serviceName']];
}

// A program that uses every name and member that the types of `@pusher/platform-node` 0.15.5 declare, as programs use them. The
// program is compiled with the types of the original and of our package, and runs with both.

// biome-ignore-all lint/style/useImportType: TypeScript 3.9 has no such modifiers

import {
  AuthenticateOptions,
  AuthenticatePayload,
  AuthenticationResponse,
  BaseClient,
  ErrorBody,
  ErrorResponse,
  IncomingMessage,
  Instance,
  InstanceOptions,
  SDKInfo,
  TokenWithExpiry,
} from '@pusher/platform-node';
import Authenticator, {
  TokenWithExpiry as DeepTokenWithExpiry,
  RefreshToken,
} from '@pusher/platform-node/target/authenticator';
import DeepBaseClient, { BaseClientOptions } from '@pusher/platform-node/target/base_client';
import {
  AuthenticateOptions as DeepAuthenticateOptions,
  AuthenticatePayload as DeepAuthenticatePayload,
  AuthenticationResponse as DeepAuthenticationResponse,
  ErrorBody as DeepErrorBody,
  ErrorResponse as DeepErrorResponse,
  Headers,
  IncomingMessageWithBody,
  RequestOptions,
  TokenResponse,
} from '@pusher/platform-node/target/common';
import * as index from '@pusher/platform-node/target/index';
import DeepInstance, {
  InstanceOptions as DeepInstanceOptions,
} from '@pusher/platform-node/target/instance';
import DeepSDKInfo, { SDKInfoHeaders } from '@pusher/platform-node/target/sdk_info';
import { strictEqual } from 'assert';

const sdkInfo: DeepSDKInfo = new SDKInfo({
  productName: 'types',
  version: '1.0.0',
  language: 'typescript',
  platform: 'server',
});
const sdkHeaders: SDKInfoHeaders = sdkInfo.headers;
strictEqual(sdkHeaders['X-SDK-Product'], sdkInfo.productName);
strictEqual(sdkHeaders['X-SDK-Version'], sdkInfo.version);
strictEqual(sdkHeaders['X-SDK-Language'], sdkInfo.language);
strictEqual(sdkHeaders['X-SDK-Platform'], sdkInfo.platform);
sdkInfo.headers['X-SDK-Platform'] = 'test';

const clientOptions: BaseClientOptions = {
  host: '127.0.0.1',
  port: 1,
  serviceName: 'feeds',
  serviceVersion: 'v1',
  instanceId: 'id',
  sdkInfo,
};

// A client as the tests of a service SDK define it: the method that it overrides takes the options that the package declares.
class RecordingClient extends BaseClient {
  readonly requests: RequestOptions[] = [];

  constructor() {
    super(clientOptions);
  }

  request(options: RequestOptions): Promise<IncomingMessageWithBody> {
    const method: string = options.method.toUpperCase();
    const headers: Headers = options.headers || {};
    this.requests.push({ ...options, method, headers });
    return Promise.reject(
      new ErrorResponse({ status: 404, headers, error: 'not_found', error_description: method }),
    );
  }
}

const client = new RecordingClient();
const options: InstanceOptions & DeepInstanceOptions = {
  locator: 'v1:us1:id',
  key: 'key:secret',
  serviceName: 'feeds',
  serviceVersion: 'v1',
  port: 443,
  host: '127.0.0.1',
  client,
  sdkInfo,
};
const optionalClient: BaseClient | undefined = options.client;
strictEqual(optionalClient, client);

class ServiceInstance extends Instance {
  constructor(given: InstanceOptions) {
    super({ ...given, serviceName: 'feeds' });
  }

  user(userId: string): string {
    return this.generateAccessToken({ userId }).token;
  }
}

const service = new ServiceInstance(options);
const instance: DeepInstance = service;
const sameInstance: index.Instance = instance;
strictEqual(sameInstance, service);
// The members that are private in the original's types are read in this way.
// biome-ignore lint/complexity/useLiteralKeys: the way to a private member
const id: string = instance['id'];
strictEqual(id, 'id');

const payload: AuthenticatePayload & DeepAuthenticatePayload = {
  grant_type: 'client_credentials',
  refresh_token: undefined,
};
const whom: AuthenticateOptions & DeepAuthenticateOptions = {
  userId: 'user',
  serviceClaims: { feeds: ['*'], nested: { claim: 1 } },
  su: true,
  tokenExpiry: 60,
};

const token: TokenWithExpiry = instance.generateAccessToken(whom);
const sameToken: DeepTokenWithExpiry = token;
strictEqual(token.token.split('.').length, 3);
strictEqual(sameToken.expires_in, 60);
strictEqual(service.user('user').split('.').length, 3);

const answer: DeepAuthenticationResponse = instance.authenticateWithRefreshToken(payload, whom);
const answerHeaders: Headers = answer.headers;
answerHeaders['Cache-Control'] = 'no-store';
const tokens = answer.body as TokenResponse;
const refreshToken: RefreshToken = { token: tokens.refresh_token || '' };
strictEqual(answer.status, 200);
strictEqual(tokens.token_type, 'bearer');
strictEqual(tokens.expires_in, 60);
strictEqual(tokens.access_token.split('.').length, 3);
strictEqual(refreshToken.token.split('.').length, 3);

const refusal: AuthenticationResponse = instance.authenticate({ grant_type: 'none' }, {});
const refusalBody = refusal.body as ErrorBody;
const sameBody: DeepErrorBody = refusalBody;
const uri: string | undefined = sameBody.error_uri;
strictEqual(refusalBody.error, 'token_provider/invalid_grant_type');
strictEqual(refusalBody.error_description, 'The grant_type provided, none, is unsupported');
strictEqual(uri, undefined);
const body: TokenResponse | ErrorBody = refusal.body;
strictEqual('error' in body ? body.error : body.access_token, refusalBody.error);
strictEqual(
  new AuthenticationResponse({ status: 200, headers: { a: ['b'] }, body: tokens }).headers.a[0],
  'b',
);

const authenticator = new Authenticator('id', 'key', 'secret', 30);
strictEqual(authenticator.generateAccessToken({}).expires_in, 30);
strictEqual(authenticator.authenticate(payload, {}).status, 200);
strictEqual(authenticator.authenticateWithRefreshToken(payload, {}).status, 200);
strictEqual(new DeepBaseClient(clientOptions) instanceof BaseClient, true);
strictEqual(new index.SDKInfo({ productName: 'a', version: 'b' }).language, 'node');

// This function is never called; it checks the members of a response.
export function described(response: IncomingMessageWithBody): string {
  const message: IncomingMessage = response;
  return `${message.statusCode} ${message.headers['content-type']} ${response.body.length}`;
}

instance
  .request({
    method: 'post',
    path: 'feeds/playground',
    jwt: token.token,
    headers: { 'X-One': 'a', 'X-More': ['a', 'b'] },
    body: { items: [1] },
    qs: { limit: 1 },
    useQuerystring: true,
  })
  .then(described)
  .catch((error: ErrorResponse | DeepErrorResponse) => {
    const errorUri: string | undefined = error.error_uri;
    const headers: Headers = error.headers;
    strictEqual(error instanceof ErrorResponse, true);
    strictEqual(error.status, 404);
    strictEqual(error.error, 'not_found');
    strictEqual(error.error_description, 'POST');
    strictEqual(errorUri, undefined);
    strictEqual(headers['X-One'], 'a');
    strictEqual(client.requests.length, 1);
    console.log('done');
  });

// A program that uses every name that our package exports, and what its types declare in addition to the original's. It also
// imports modules by their file names, as ES modules and some tools require.

// biome-ignore-all lint/style/useImportType: TypeScript 3.9 has no such modifiers

import { strictEqual } from 'assert';
import * as http from 'http';
import { Socket } from 'net';
import {
  AuthenticateOptions,
  AuthenticatePayload,
  AuthenticationResponse,
  AuthenticationResponseWithTokens,
  BaseClient,
  BaseClientOptions,
  ErrorBody,
  ErrorResponse,
  ErrorResponseWithMessage,
  Headers,
  IncomingMessage,
  IncomingMessageWithBody,
  Instance,
  InstanceOptions,
  RequestOptions,
  readJSON,
  SDKInfo,
  SDKInfoHeaders,
  TokenResponse,
  TokenWithExpiry,
} from 'pusher-platform-native';
import Authenticator, * as authenticator from 'pusher-platform-native/target/authenticator';
import * as authenticatorFile from 'pusher-platform-native/target/authenticator.js';
import * as baseClient from 'pusher-platform-native/target/base_client';
import * as baseClientFile from 'pusher-platform-native/target/base_client.js';
import * as common from 'pusher-platform-native/target/common';
import * as commonFile from 'pusher-platform-native/target/common.js';
import * as index from 'pusher-platform-native/target/index';
import * as indexFile from 'pusher-platform-native/target/index.js';
import * as instanceModule from 'pusher-platform-native/target/instance';
import * as instanceFile from 'pusher-platform-native/target/instance.js';
import * as sdkInfoModule from 'pusher-platform-native/target/sdk_info';
import * as sdkInfoFile from 'pusher-platform-native/target/sdk_info.js';

const sdkInfo = new SDKInfo({ productName: 'types', version: '1.0.0' });
const sdkHeaders: SDKInfoHeaders & sdkInfoModule.SDKInfoHeaders = sdkInfo.headers;
const clientOptions: BaseClientOptions & baseClient.BaseClientOptions = {
  host: '127.0.0.1',
  port: 1,
  serviceName: 'feeds',
  serviceVersion: 'v1',
  instanceId: 'id',
  sdkInfo,
};

// Any object that has a `request` method is a client.
const sent: RequestOptions[] = [];
const fake = {
  async request(request: RequestOptions): Promise<IncomingMessageWithBody> {
    sent.push(request);
    const response: IncomingMessageWithBody = new http.IncomingMessage(new Socket());
    response.body = '{"items":[1]}';
    const message: IncomingMessage = response;
    return message;
  },
};

const options: InstanceOptions = {
  locator: 'v1:us1:id',
  key: 'key:secret',
  serviceName: 'feeds',
  serviceVersion: 'v1',
  sdkInfo,
};
const instance = new Instance({ ...options, client: fake });
const parts: string[] = [
  instance.platformVersion,
  instance.cluster,
  instance.id,
  instance.keyId,
  instance.keySecret,
  instance.serviceName,
  instance.serviceVersion,
];
strictEqual(parts.join(), 'v1,us1,id,key,secret,feeds,v1');
strictEqual(instance.client, fake);
strictEqual(new Instance(options).client instanceof BaseClient, true);
strictEqual(instance.authenticator instanceof Authenticator, true);

// The parts of an instance can be replaced.
instance.client = new BaseClient(clientOptions);
instance.client = fake;
instance.authenticator = new Authenticator(instance.id, instance.keyId, instance.keySecret, 60);

const whom: AuthenticateOptions = { userId: 'user' };
const payload: AuthenticatePayload = { grant_type: 'client_credentials' };
const token: TokenWithExpiry & authenticator.TokenWithExpiry = instance.generateAccessToken(whom);
const refreshToken: authenticator.RefreshToken = { token: token.token };
strictEqual(token.expires_in, 60);
strictEqual(refreshToken.token, token.token);
const answer: AuthenticationResponse = instance.authenticate(payload, whom);
const issued: AuthenticationResponseWithTokens = instance.authenticateWithRefreshToken(
  payload,
  whom,
);
strictEqual(typeof issued.refresh_token, 'string');
strictEqual(instance.authenticate(payload, whom).expires_in, 60);
const body: TokenResponse | ErrorBody = answer.body;
const headers: Headers = answer.headers;
strictEqual('access_token' in body, true);
strictEqual(Object.keys(headers).length, 0);

// Each module exports the same classes under both of its names.
const classes: [unknown, unknown, unknown][] = [
  [Authenticator, authenticator.default, authenticatorFile.default],
  [BaseClient, baseClient.default, baseClientFile.default],
  [AuthenticationResponse, common.AuthenticationResponse, commonFile.AuthenticationResponse],
  [ErrorResponse, common.ErrorResponse, commonFile.ErrorResponse],
  [Instance, index.Instance, indexFile.Instance],
  [readJSON, index.readJSON, indexFile.readJSON],
  [Instance, instanceModule.default, instanceFile.default],
  [SDKInfo, sdkInfoModule.default, sdkInfoFile.default],
];
for (const [own, deep, file] of classes) {
  strictEqual(typeof own, 'function');
  strictEqual(own, deep);
  strictEqual(own, file);
}
strictEqual(sdkHeaders['X-SDK-Language'], 'node');

// A class may implement the type of an instance, with the original's public methods alone.
class FakeInstance implements Instance {
  async request(request: RequestOptions): Promise<IncomingMessageWithBody> {
    return fake.request(request);
  }
  authenticate(): AuthenticationResponse {
    return answer;
  }
  authenticateWithRefreshToken(): AuthenticationResponse {
    return answer;
  }
  generateAccessToken(): TokenWithExpiry {
    return token;
  }
}
const implemented: Instance = new FakeInstance();
strictEqual(implemented.generateAccessToken(whom), token);

const failure = { status: 404, error: 'not_found', error_description: 'There is none' };
async function refuse(): Promise<void> {
  throw new ErrorResponse(failure);
}

async function main(): Promise<void> {
  await refuse().catch((error: ErrorResponseWithMessage) => {
    const texts: string[] = [error.name, error.message];
    strictEqual(texts.join(), 'ErrorResponse,not_found: There is none');
  });

  await refuse().catch((error: unknown) => {
    if (!(error instanceof ErrorResponse)) throw error;
    const message: string = error.message;
    strictEqual(message, 'not_found: There is none');
    strictEqual(error.body, undefined);
  });

  const response = await instance.request({ method: 'GET', path: 'feeds/playground' });
  const { items }: { items: number[] } = await readJSON(response);
  strictEqual(items[0], 1);
  strictEqual(sent[0].path, 'feeds/playground');
  strictEqual((await readJSON({ body: 'null' })) as unknown, null);
  const typed = await readJSON<{ count: number }>({ body: '{"count":1}' });
  strictEqual(typed.count.toFixed(1), '1.0');
  console.log('done');
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});

// A program that uses a service SDK: the SDK's own types, which refer to `@pusher/platform-node`, must be compatible with ours.

// biome-ignore-all lint/style/useImportType: TypeScript 3.9 has no such modifiers

import Chatkit, { AuthenticationResponse, ErrorResponse } from '@pusher/chatkit-server';
import * as platform from 'pusher-platform-native';

const sdkInfo = new platform.SDKInfo({ productName: 'types', version: '1.0.0' });
const client = new platform.BaseClient({
  host: '127.0.0.1',
  port: 1,
  serviceName: 'chatkit',
  serviceVersion: 'v6',
  instanceId: 'id',
  sdkInfo,
});
const chatkit = new Chatkit({ instanceLocator: 'v1:us1:id', key: 'key:secret', client });

const payload: platform.AuthenticatePayload = { grant_type: 'client_credentials' };
const options = { userId: 'user', authPayload: payload };
export const answer: platform.AuthenticationResponse = chatkit.authenticate(options);
export const sameAnswer: AuthenticationResponse[] = [answer];
export const token: string = chatkit.generateAccessToken({ userId: 'user' }).token;

export function sameError(error: ErrorResponse): platform.ErrorResponse {
  const again: ErrorResponse = new platform.ErrorResponse(error);
  return again;
}

// Uses the original and our package in one program: each accepts the objects of the other.

import * as original from 'platform-node-original';
import * as ours from 'pusher-platform-native';

const options = {
  locator: 'v1:us1:id',
  key: 'key:secret',
  serviceName: 'feeds',
  serviceVersion: 'v1',
};
const description = { productName: 'types', version: '1.0.0' };
const place = {
  host: '127.0.0.1',
  port: 1,
  serviceName: 'feeds',
  serviceVersion: 'v1',
  instanceId: 'id',
};

// The original accepts the SDK description, but not our client: its class has private members, so TypeScript accepts no other
// class in its place.
const theirInstance = new original.Instance({ ...options, sdkInfo: new ours.SDKInfo(description) });
const ourInstance = new ours.Instance({ ...options, sdkInfo: new original.SDKInfo(description) });
new ours.Instance({
  ...options,
  client: new original.BaseClient({ ...place, sdkInfo: new ours.SDKInfo(description) }),
});
new ours.Instance({ ...options, client: theirInstance });

const ourWhom: ours.AuthenticateOptions = { userId: 'user' };
const theirWhom: original.AuthenticateOptions = ourWhom;
const ourPayload: ours.AuthenticatePayload = { grant_type: 'client_credentials' };
const theirPayload: original.AuthenticatePayload = ourPayload;

export const theirAnswer: original.AuthenticationResponse = ourInstance.authenticate(
  theirPayload,
  theirWhom,
);
export const ourAnswer: ours.AuthenticationResponse = theirInstance.authenticate(
  ourPayload,
  ourWhom,
);
export const theirToken: original.TokenWithExpiry = ourInstance.generateAccessToken(ourWhom);
export const ourToken: ours.TokenWithExpiry = theirInstance.generateAccessToken(theirWhom);
export const theirMessage = (message: ours.IncomingMessage): original.IncomingMessage => message;
export const ourMessage = (message: original.IncomingMessage): ours.IncomingMessage => message;
export const theirError = (error: ours.ErrorResponse): original.ErrorResponse => error;
export const ourError = (error: original.ErrorResponse): ours.ErrorResponse => error;
export const theirBody = (body: ours.ErrorBody): original.ErrorBody => body;
export const ourBody = (body: original.ErrorBody): ours.ErrorBody => body;
export const requests = [
  theirInstance.request({ method: 'GET', path: '' }).then(ours.readJSON),
  ourInstance.request({ method: 'GET', path: '' }).then(ours.readJSON),
];

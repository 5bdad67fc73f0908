// A program that uses everything that the platform for tests exports.

import { strictEqual } from 'assert';
import type { RequestMessage } from 'pusher-platform-native';
import {
  createPlatform,
  type Platform,
  type PlatformRequest,
  type PlatformResponse,
  type Responder,
} from 'pusher-platform-native/testing';
import 'pusher-platform-native/testing/node-http';

const answer: PlatformResponse = {
  status: 201,
  headers: { 'X-One': ['a', 'b'] },
  body: null,
  delay: 1,
};
const fault: PlatformResponse = { fault: 'reset' };
const echo: Responder = async ({ params, query, body, claims }: PlatformRequest) => ({
  body: { id: params.id, limit: query.limit, body, sub: claims?.sub },
});

const traced = ({ addHeader, origin, url, headers, attempt }: RequestMessage): unknown[] => {
  addHeader('traceparent', `${origin} ${url}`);
  return [headers, attempt];
};
strictEqual(typeof traced, 'function');

async function main() {
  const platform: Platform = await createPlatform({ locator: 'v1:local:id', key: 'key:secret' });
  platform.respond(answer);
  platform.respond(() => fault);
  platform.on('GET', 'users/:id', echo);
  const { host, port, ca, requests } = platform;
  strictEqual(
    `${host} ${typeof port} ${ca.slice(0, 10)} ${requests.length}`,
    '127.0.0.1 number -----BEGIN 0',
  );
  platform.clear();
  await platform.close();
  console.log('done');
}

main();

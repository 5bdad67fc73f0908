'use strict';

// Runs the main job under Jest, which gives every test file a realm and a module registry of its own.

const { walk, all, instanceOf, claimsOf } = require('./walk');

const load = () => require('pusher-platform-native');

for (const name of Object.keys(walk)) {
  test(name, () => walk[name](load()));
}

test('a reset registry', async () => {
  const first = load();
  jest.resetModules();
  const second = load();
  expect(second).not.toBe(first);
  await Promise.all([all(first), all(second)]);
});

test('a rejection is expected by its properties, as docs/testing.md says', async () => {
  const { ErrorResponse } = load();
  const error = { status: 404, error: 'not_found', error_description: 'There is none' };
  const rejection = () => Promise.reject(new ErrorResponse(error));
  await expect(rejection()).rejects.toMatchObject({ status: 404, error: 'not_found' });
  await expect(rejection()).rejects.toBeInstanceOf(ErrorResponse);
  // The original's does not pass either: it is no Error.
  await expect(expect(rejection()).rejects.toThrow()).rejects.toThrow();
});

describe('fake timers', () => {
  beforeEach(() => {
    jest.useFakeTimers();
    jest.setSystemTime(new Date('2020-01-01T00:00:00Z'));
  });
  afterEach(() => jest.useRealTimers());

  test('tokens have their time', () => {
    const { token } = instanceOf(load()).generateAccessToken({ userId: 'zan' });
    expect(claimsOf(token).iat).toBe(1577836800);
  });

  test('refreshing', () => walk.refresh(load()));

  test('requests settle without them', async () => {
    const platform = load();
    const instance = instanceOf(platform);
    const { token } = instance.generateAccessToken({ su: true, tokenExpiry: 100 * 365 * 86400 });
    const options = { method: 'GET', path: 'feeds/any', jwt: token };
    expect((await instance.request(options)).statusCode).toBe(200);
    await expect(instance.request({ ...options, path: 'nowhere' })).rejects.toBeInstanceOf(
      platform.ErrorResponse,
    );
  });
});

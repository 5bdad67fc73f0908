// Implements a service SDK in thirty lines, for feeds of items.

import {
  type AuthenticatePayload,
  Instance,
  type InstanceOptions,
  readJSON,
  SDKInfo,
} from 'pusher-platform-native';

/** The options that the app passes. The SDK itself sets the service name, the service version and the SDKInfo. */
export type FeedsOptions = Pick<InstanceOptions, 'locator' | 'key' | 'host' | 'port' | 'ca'>;

export class Feeds {
  private readonly instance: Instance;

  constructor(options: FeedsOptions) {
    const sdkInfo = new SDKInfo({ productName: 'feeds', version: '1.0.0' });
    this.instance = new Instance({
      ...options,
      serviceName: 'feeds',
      serviceVersion: 'v1',
      sdkInfo,
    });
  }

  /** Authenticates a user, in the authentication endpoint of the app. */
  authenticate(payload: AuthenticatePayload, userId: string) {
    return this.instance.authenticate(payload, { userId });
  }

  /** Adds items to a feed and returns their ids. */
  async publish(feed: string, ...items: unknown[]): Promise<string[]> {
    return (await this.request('POST', feed, { items })).item_ids;
  }

  /** Returns the items of a feed, newest first. */
  async items(feed: string): Promise<Array<{ id: string; data: unknown; created: string }>> {
    return (await this.request('GET', feed)).items;
  }

  private async request(method: string, feed: string, body?: object) {
    const { token: jwt } = this.instance.generateAccessToken({ su: true });
    const path = `feeds/${encodeURIComponent(feed)}`; // An id may contain a slash.
    return readJSON(await this.instance.request({ method, path, body, jwt }));
  }
}

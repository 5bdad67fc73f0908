// A service SDK in thirty lines: feeds of items.

import {
  type AuthenticatePayload,
  Instance,
  type InstanceOptions,
  readJSON,
  SDKInfo,
} from 'pusher-platform-native';

/** From the app that uses the SDK; service, version and SDKInfo are the SDK's own. */
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

  /** For the authentication endpoint of the app. */
  authenticate(payload: AuthenticatePayload, userId: string) {
    return this.instance.authenticate(payload, { userId });
  }

  /** Adds items to a feed, and gives their ids. */
  async publish(feed: string, ...items: unknown[]): Promise<string[]> {
    return (await this.request('POST', feed, { items })).item_ids;
  }

  /** The items of a feed, the newest first. */
  async items(feed: string): Promise<Array<{ id: string; data: unknown; created: string }>> {
    return (await this.request('GET', feed)).items;
  }

  private async request(method: string, feed: string, body?: object) {
    const { token: jwt } = this.instance.generateAccessToken({ su: true });
    const path = `feeds/${encodeURIComponent(feed)}`; // an id may hold a slash
    return readJSON(await this.instance.request({ method, path, body, jwt }));
  }
}

// Uses the service SDK in feeds.ts.

import { ErrorResponse } from 'pusher-platform-native';
import { Feeds } from './feeds';

const { PUSHER_LOCATOR = '', PUSHER_KEY = '', PUSHER_HOST, PUSHER_PORT, PUSHER_CA } = process.env;

const options = {
  locator: PUSHER_LOCATOR,
  host: PUSHER_HOST,
  port: Number(PUSHER_PORT),
  ca: PUSHER_CA,
};
const feeds = new Feeds({ ...options, key: PUSHER_KEY });

async function main() {
  console.log('Published', await feeds.publish('news/today', 'one', { text: 'two' }));
  console.log(
    'Read',
    (await feeds.items('news/today')).map(({ data }) => data),
  );

  // The platform refuses a key that it does not know.
  const stranger = new Feeds({ ...options, key: 'another-key:another-secret' });
  await stranger.items('news/today').catch((error) => {
    if (!(error instanceof ErrorResponse)) throw error;
    console.log('Refused', error.status, error.error);
  });
}

main();

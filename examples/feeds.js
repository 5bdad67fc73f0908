'use strict';

// Implements a feeds service for the local platform: `feeds/ID` keeps items in memory and returns them newest first.

/** @param {import('pusher-platform-native/testing').Platform} platform */
module.exports = function serveFeeds(platform) {
  const feeds = new Map();

  platform.on('GET', 'feeds/:id', ({ params }) => ({
    body: { items: feeds.get(params.id) || [] },
  }));

  platform.on('POST', 'feeds/:id', ({ params, body }) => {
    if (!Array.isArray(body?.items)) {
      return { status: 422, body: invalid('Expected `items` to be an array') };
    }
    const feed = feeds.get(params.id) || [];
    const created = new Date().toISOString();
    const added = body.items.map((data, index) => {
      return { id: String(feed.length + index + 1), data, created };
    });
    feeds.set(params.id, [...[...added].reverse(), ...feed]);
    return { body: { item_ids: added.map((item) => item.id) } };
  });
};

// Errors of the platform have these fields, and so does the ErrorResponse with which a request rejects.
function invalid(description) {
  return {
    error: 'services/feeds/unprocessable_entity/validation_failed',
    error_description: description,
  };
}

'use strict';

// Implements the part of Chatkit's users service that the examples need, for the local platform.

/** @param {import('pusher-platform-native/testing').Platform} platform */
module.exports = function serveUsers(platform) {
  const users = new Map();

  platform.on('POST', 'users', ({ body, claims }) => {
    if (!claims.su) return { status: 403, body: errorOf('forbidden/superuser_required') };
    if (users.has(body.id)) return { status: 400, body: errorOf('bad_request/already_exists') };
    const created_at = new Date().toISOString();
    const user = { ...body, created_at, updated_at: created_at };
    users.set(body.id, user);
    return { status: 201, body: user };
  });

  platform.on('GET', 'users/:id', ({ params }) => {
    const user = users.get(params.id);
    return user ? { body: user } : { status: 404, body: errorOf('not_found/user_not_found') };
  });
};

// Errors of the platform have these fields, and so does the ErrorResponse with which a request rejects.
function errorOf(code) {
  return { error: `services/chatkit/${code}`, error_description: 'See the error' };
}

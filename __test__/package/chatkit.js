'use strict';

// Lists calls of every method of `@pusher/chatkit-server`, and the responses of the platform to them.

const NOW = 1_700_000_000_000;
const LOCATOR = 'v1:us1:b92b3c86-c9b5-4ef9-9755-6a2c8d9b9d4e';

// Arguments are recipes (see recipe.js); this function makes recipes of plain values.
function recipe(value) {
  if (typeof value !== 'object' || value === null || 'make' in value) return value;
  if (Array.isArray(value)) return { make: 'array', items: value.map(recipe) };
  const entries = Object.entries(value).map(([key, item]) => [key, recipe(item)]);
  return { make: 'object', prototype: 'plain', entries };
}

const file = (text) => ({ make: 'buffer', text });

// These texts must be escaped somewhere on the path to the platform; ID is ASCII only, because the SDK does not escape it
// everywhere.
const TEXT = 'h\u00e9llo "w\u00f6rld" \u{1f600} \\ /\n';
const ID = 'ham/1 ?&#"%';
const ESCAPED_ID = 'ham/1 ?&#"% \u00e9\u{1f600}';
const CUSTOM_DATA = { a: [1, null, { b: true }], c: TEXT };
const parts = [
  { type: 'text/plain', content: TEXT },
  { type: 'image/png', url: 'https://example.com/a.png' },
];
const attachments = [
  { type: 'text/plain', file: file(TEXT), name: 'a.txt', customData: CUSTOM_DATA },
  { type: 'application/octet-stream', file: file('') },
  ...parts,
];

/** Every method of the SDK, with lists of arguments or a function that makes them. */
const cases = {
  authenticate: [
    [{ userId: 'ham' }],
    [{ userId: TEXT, authPayload: { grant_type: 'client_credentials' } }],
    [{ userId: 'ham', authPayload: { grant_type: 'refresh_token' } }],
    [{ authPayload: {} }],
    [],
  ],
  generateAccessToken: [[{ su: true }], [{ su: false, userId: TEXT, tokenExpiry: 5 }], [{}], []],
  createUser: [
    [{ id: ID, name: TEXT, avatarURL: 'https://a', customData: CUSTOM_DATA }],
    [{ id: 'ham' }],
    [],
  ],
  createUsers: [
    [
      {
        users: [
          { id: 'a', name: 'b' },
          { id: ID, name: TEXT, customData: CUSTOM_DATA },
        ],
      },
    ],
    [{ users: [] }],
    [{}],
  ],
  updateUser: [
    [{ id: ID, name: TEXT, avatarURL: 'https://a', customData: CUSTOM_DATA }],
    [{ id: 'ham' }],
    [{ id: '' }],
  ],
  deleteUser: [[{ userId: ID }], [{ userId: 'ham' }], [{}]],
  getUser: [[{ id: ESCAPED_ID }], [{ id: 'ham' }], [{ id: '\ud800' }]],
  getUsers: [
    [],
    [{ fromTimestamp: '2019-01-01T00:00:00Z', limit: 10 }],
    [{ limit: 0 }],
    [{ fromTimestamp: null }],
  ],
  getUsersById: [
    [{ userIds: ['a', 'b', ESCAPED_ID] }],
    [{ userIds: [] }],
    [{ userIds: 'a' }],
    [{}],
  ],
  getRoom: [[{ roomId: ESCAPED_ID }], [{ roomId: '1' }]],
  sendMessage: [
    [{ roomId: ESCAPED_ID, userId: 'ham', text: TEXT }],
    [
      {
        roomId: '1',
        userId: TEXT,
        text: '',
        attachment: { resourceLink: 'https://a', type: 'image' },
      },
    ],
  ],
  sendSimpleMessage: [[{ roomId: ESCAPED_ID, userId: 'ham', text: TEXT }]],
  sendMultipartMessage: [
    [{ roomId: ESCAPED_ID, userId: 'ham', parts }],
    [{ roomId: '1', userId: 'ham', parts: [attachments[0]] }],
    [{ roomId: '1', userId: 'ham', parts: [] }],
    [{ roomId: '1', userId: 'ham' }],
  ],
  editMessage: [
    [ESCAPED_ID, ESCAPED_ID, { userId: 'ham', text: TEXT }],
    ['1', '2', { userId: 'ham', text: 'a', attachment: { resourceLink: 'b', type: 'c' } }],
    ['1', 2, {}],
  ],
  editSimpleMessage: [[ESCAPED_ID, ESCAPED_ID, { userId: 'ham', text: TEXT }]],
  editMultipartMessage: [
    [ESCAPED_ID, 1, { userId: 'ham', parts }],
    ['1', '2', { userId: 'ham', parts: [attachments[0]] }],
    ['1', '2', { userId: 'ham', parts: [] }],
  ],
  uploadAttachment: attachments
    .filter((part) => part.file)
    .map((part) => [{ userId: 'ham', roomId: ESCAPED_ID, part }]),
  deleteMessage: [[{ roomId: ESCAPED_ID, messageId: ESCAPED_ID }], [{ roomId: '1', messageId: 2 }]],
  fetchMultipartMessage: [[{ roomId: ESCAPED_ID, messageId: '1' }]],
  getRoomMessages: [
    [{ roomId: ESCAPED_ID }],
    [{ roomId: '1', direction: 'newer', limit: 5, initialId: 'a b' }],
  ],
  fetchMultipartMessages: [
    [{ roomId: ESCAPED_ID }],
    [{ roomId: '1', direction: 'older', limit: 0, initialId: null }],
  ],
  getRooms: [[], [{ fromId: ID, includePrivate: true }], [{ includePrivate: false }]],
  getUserRooms: [[{ userId: ID }], [{ userId: 'ham' }]],
  getUserJoinableRooms: [[{ userId: ID }], [{ userId: 'ham' }]],
  createRoom: [
    [{ creatorId: 'ham', name: TEXT }],
    [
      {
        id: ID,
        creatorId: 'ham',
        name: 'a',
        pushNotificationTitleOverride: TEXT,
        isPrivate: true,
        userIds: ['a', ESCAPED_ID],
        customData: CUSTOM_DATA,
      },
    ],
    [{ creatorId: 'ham', userIds: [] }],
  ],
  updateRoom: [
    [{ id: ID }],
    [
      {
        id: '1',
        name: TEXT,
        pushNotificationTitleOverride: null,
        isPrivate: false,
        customData: CUSTOM_DATA,
      },
    ],
  ],
  deleteRoom: [[{ id: ID }], [{ id: '1' }]],
  addUsersToRoom: [[{ roomId: ESCAPED_ID, userIds: ['a', ESCAPED_ID] }], [{ roomId: '1' }]],
  removeUsersFromRoom: [[{ roomId: ESCAPED_ID, userIds: ['a', ESCAPED_ID] }], [{ roomId: '1' }]],
  createRoomRole: [[{ name: TEXT, permissions: ['a', 'b'] }]],
  createGlobalRole: [[{ name: 'admin', permissions: [] }], []],
  createRole: [[{ name: 'admin', permissions: ['a'], scope: 'global' }]],
  deleteGlobalRole: [[{ name: ID }], [{ name: 'admin' }]],
  deleteRoomRole: [[{ name: ID }], [{ name: 'admin' }]],
  assignGlobalRoleToUser: [[{ userId: ID, name: TEXT }]],
  assignRoomRoleToUser: [[{ userId: 'ham', name: 'admin', roomId: ESCAPED_ID }]],
  assignRoleToUser: [[{ userId: 'ham', name: 'admin', roomId: '1' }]],
  getUserRoles: [[{ userId: ID }], [{ userId: 'ham' }]],
  removeGlobalRoleForUser: [[{ userId: ID }]],
  removeRoomRoleForUser: [[{ userId: 'ham', roomId: ESCAPED_ID }], [{ userId: 'ham' }]],
  getPermissionsForGlobalRole: [[{ name: ID }], [{ name: 'admin' }]],
  getPermissionsForRoomRole: [[{ name: ID }], [{ name: 'admin' }]],
  updatePermissionsForGlobalRole: [
    [{ name: 'admin', permissionsToAdd: ['a'], permissionsToRemove: ['b'] }],
    [{ name: ID, permissionsToRemove: ['b'] }],
    [{ name: 'admin' }],
  ],
  updatePermissionsForRoomRole: [
    [{ name: 'admin', permissionsToAdd: ['a'] }],
    [{ name: 'admin', permissionsToAdd: [] }],
  ],
  updatePermissionsForRole: [
    ['admin', 'room', ['a'], ['b']],
    ['admin', 'room'],
  ],
  getRoles: [[]],
  setReadCursor: [
    [{ userId: ESCAPED_ID, roomId: ESCAPED_ID, position: 0 }],
    [{ userId: 'ham', roomId: '1', position: 7 }],
  ],
  getReadCursor: [[{ userId: ESCAPED_ID, roomId: ESCAPED_ID }]],
  getReadCursorsForUser: [[{ userId: ESCAPED_ID }]],
  getReadCursorsForRoom: [[{ roomId: ESCAPED_ID }]],
  asyncDeleteRoom: [[{ roomId: ESCAPED_ID }]],
  asyncDeleteUser: [[{ userId: ESCAPED_ID }]],
  getDeleteStatus: [[{ jobId: ESCAPED_ID }]],
  apiRequest: [
    [{ method: 'GET', path: '/users' }],
    [{ method: 'POST', path: 'users', jwt: 'a.b.c', body: CUSTOM_DATA, qs: { a: [1, 2] } }],
  ],
  authorizerRequest: [
    [{ method: 'GET', path: '/roles' }],
    [{ method: 'PUT', path: '/roles', headers: { 'X-A': 'b' }, body: null }],
  ],
  cursorsRequest: [[{ method: 'GET', path: '/cursors', qs: { a: 'b c' } }], []],
  getServerToken: [[]],
};

// This method is private, and takes an Instance from its callers, which have cases.
const INTERNAL = ['fetchMessages'];

// These methods send no requests.
const SYNCHRONOUS = ['authenticate', 'generateAccessToken', 'getServerToken'];

const UPLOAD = '/upload?signature=a%2Fb';
const NOT_JSON = { 'Content-Type': 'text/html', 'X-A': 'b' };

const succeeding = (port, status) => (request) =>
  request.target === UPLOAD
    ? { status: 200 }
    : {
        status,
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({
          id: ESCAPED_ID,
          attachment_id: 'attachment',
          upload_url: `https://127.0.0.1:${port}${UPLOAD}`,
        }),
      };

const ERROR = '{"error":"services/a","error_description":"b","error_uri":"https://c","more":1}';

/** Returns the responses of the platform on a port; each method is tested with all of them. */
const answersAt = (port) => ({
  success: succeeding(port, 200),
  'success, created': succeeding(port, 201),
  'success without a body': () => ({ status: 204 }),
  'success that is no JSON': () => ({ status: 200, headers: NOT_JSON, body: '<html>' }),
  'a platform error': () => ({ status: 400, headers: { 'X-A': 'b' }, body: ERROR }),
  'a platform error of the server': () => ({ status: 503, body: ERROR }),
  'an error that cannot be parsed': () => ({ status: 502, headers: NOT_JSON, body: '<html>' }),
  'an error without a body': () => ({ status: 401 }),
  'an upload that is refused': (request) =>
    request.target === UPLOAD ? { status: 403, body: 'no' } : succeeding(port, 200)(request),
});

/** Returns a call of a new Chatkit that connects to the server on a port. */
const callAt = (port, list, changes) => ({
  kind: 'chatkit',
  chatkit: recipe({
    instanceLocator: LOCATOR,
    key: 'key-id:secret',
    host: '127.0.0.1',
    port,
    ...changes,
  }),
  list,
});

module.exports = { answersAt, callAt, cases, INTERNAL, NOW, recipe, succeeding, SYNCHRONOUS };

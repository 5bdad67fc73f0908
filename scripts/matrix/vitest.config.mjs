// Configures Vitest to run the test of the set-up file as Jest does.

export default {
  test: {
    globals: true,
    include: ['setup.test.js'],
    setupFiles: ['pusher-platform-native/testing/node-http'],
  },
};

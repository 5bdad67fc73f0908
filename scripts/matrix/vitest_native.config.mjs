// Configures Vitest to run a test in a realm of its own, without a set-up file.

export default {
  test: {
    globals: true,
    include: ['native.test.js'],
    pool: 'vmThreads',
  },
};

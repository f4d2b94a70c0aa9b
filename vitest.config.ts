import { defineConfig } from 'vitest/config'

const MINUTE_MS = 60_000

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [
            'bootstrap/**/*.test.mjs',
            'contract/**/*.test.ts',
            'server/**/*.test.ts',
            'cli/**/*.test.ts',
            'bench/**/*.test.ts',
            'ops/**/*.test.ts',
            'console/src/**/*.test.{ts,tsx}',
          ],
          exclude: ['**/node_modules/**', '**/*.stack.test.ts', 'server/test/kill/**', 'bootstrap/fixtures/**'],
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['console/test/**/*.test.{ts,tsx}'],
          fileParallelism: false,
          expect: { poll: { timeout: 15_000 } },
          testTimeout: 2 * MINUTE_MS,
          hookTimeout: 2 * MINUTE_MS,
        },
      },
      {
        extends: true,
        test: {
          name: 'stack',
          include: ['{ops,server}/**/*.stack.test.ts'],
          env: { CAPSTAN_TEST_INSTALL: '1' },
          fileParallelism: false,
          testTimeout: 2 * MINUTE_MS,
          // A server that nobody has yet is built first.
          hookTimeout: 60 * MINUTE_MS,
        },
      },
      {
        extends: true,
        test: {
          name: 'kill',
          include: ['server/test/kill/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 15 * MINUTE_MS,
          hookTimeout: 5 * MINUTE_MS,
        },
      },
    ],
  },
})

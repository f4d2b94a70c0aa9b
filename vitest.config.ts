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
            'console/src/**/*.test.{ts,tsx}',
          ],
          exclude: ['**/node_modules/**', 'server/test/kill/**', 'bootstrap/fixtures/**'],
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
          testTimeout: 2 * MINUTE_MS,
          hookTimeout: 2 * MINUTE_MS,
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

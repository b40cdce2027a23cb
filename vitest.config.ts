import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  // Examples import the package by its name; `exports` leads to what is built, tests run the sources.
  resolve: {
    alias: [
      { find: /^tokenkeeper$/, replacement: source('src/index.ts') },
      { find: /^tokenkeeper\/workflow$/, replacement: source('workflows/index.ts') },
      { find: /^tokenkeeper\/connector$/, replacement: source('src/connectors/index.ts') },
      { find: /^tokenkeeper\/testing$/, replacement: source('src/testing/index.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/package/project/**', 'test/fixtures/forbidden/**'],
    globalSetup: ['test/setup/temporal-server.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})

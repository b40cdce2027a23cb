import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const { exports } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')) as {
  readonly exports: Readonly<Record<string, string | { readonly types: string }>>
}

/** Examples import the package by its name; `exports` leads to what is built, tests run the sources. */
const alias = Object.entries(exports).flatMap(([entry, target]) => {
  if (typeof target === 'string') return []
  const file = target.types.replace('./dist/', './').replace('.d.ts', '.ts')
  return {
    find: new RegExp(`^tokenkeeper${entry.slice(1)}$`),
    replacement: fileURLToPath(new URL(file, import.meta.url)),
  }
})

/** What takes longest begins first: a minute of one file at the end is a minute of an idle core. */
const LONGEST = [
  'time',
  'demo',
  'soak',
  'simulation',
  'integration',
  'package',
  'replay',
  'presets',
]

class LongestFirst extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = LONGEST.findIndex((folder) => moduleId.includes(`/test/${folder}/`))
      return at < 0 ? LONGEST.length : at
    }
    return Promise.resolve([...files].sort((one, other) => rank(one) - rank(other)))
  }
}

export default defineConfig({
  resolve: { alias },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/package/project/**', 'test/fixtures/forbidden/**'],
    globalSetup: ['test/setup/temporal-server.ts'],
    sequence: { sequencer: LongestFirst },
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})

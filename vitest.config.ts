import { readdirSync, readFileSync } from 'node:fs'
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
  'package',
  'demo',
  'time',
  'soak',
  'fuzz',
  'simulation',
  'integration',
  'cli',
  'console',
  'plugin',
  'client/replay',
  'connectors/presets',
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

/** Folders whose tests start Temporal workers or processes: a process each. */
const OWN_PROCESS = [
  'activities/token',
  'cli',
  'client/replay',
  'connectors/presets',
  'console',
  'demo',
  'deploy',
  'fuzz',
  'histories',
  'integration',
  'observability',
  'package',
  'plugin',
  'simulation',
  'soak',
  'testing',
  'time',
  'web',
  'worker',
]

/** Whether a test changes what its process holds: mocked modules, Temporal's runtime. */
function changesItsProcess(file: string): boolean {
  return /vi\.(mock|doMock)\(|Runtime\.install\(/.test(readFileSync(file, 'utf8'))
}

/** What takes minutes of waiting: `npm run soak` has it, which CI runs too. */
const SOAK_ONLY = /^test\/(soak\/crowd|time\/fleet)\.test\.ts$/
/** Temporal's core takes from one to more than four minutes to give up: `STOPPED_KEEPER=1 npm test -- test/soak/stopped-keeper`. */
const BY_HAND = /^test\/soak\/stopped-keeper\.test\.ts$/
/** Needs a network of its own: `npm run test:deploy`. */
const DEPLOY_ONLY = /^test\/deploy\/native\.test\.ts$/
const isSoak = process.env['SOAK_ROUNDS'] !== undefined

const files = readdirSync(fileURLToPath(new URL('test', import.meta.url)), { recursive: true })
  .map((name) => `test/${String(name)}`)
  .filter((name) => name.endsWith('.test.ts'))
  .filter((name) => !/^test\/(package\/project|fixtures\/forbidden)\//.test(name))
  .filter((name) => isSoak || !SOAK_ONLY.test(name))
  .filter((name) => process.env['DEPLOY_PREPARED'] !== undefined || !DEPLOY_ONLY.test(name))
  .filter((name) => process.env['STOPPED_KEEPER'] !== undefined || !BY_HAND.test(name))
const alone = files.filter(
  (name) =>
    OWN_PROCESS.some((folder) => name.startsWith(`test/${folder}/`)) || changesItsProcess(name),
)

/**
 * Of these, many start a stage in the same way: they take turns in processes that have read the modules. Each
 * has connectors, task queues and ids of its own.
 */
const SHARED = /^test\/(integration|connectors\/presets|client\/replay|activities\/token)\//
const taking = alone.filter((name) => SHARED.test(name) && !changesItsProcess(name))

/** What a user installs, builds and starts, each from nothing: `npm run test:package` has it, which CI runs too. */
const INSTALLED = /^test\/(package\/|demo\/demo\.|scripts\/recipes\.)/

const settings = {
  sequence: { sequencer: LongestFirst },
  pool: 'forks',
  // On two cores: many tests wait for timers of real servers.
  maxWorkers: 3,
  testTimeout: 120_000,
  hookTimeout: 120_000,
} as const

const seeds = ['test/setup/seeds.ts']

export default defineConfig({
  test: {
    ...settings,
    globalSetup: ['test/setup/temporal-server.ts'],
    // Reading the modules anew for each file takes longer than most files do.
    projects: [
      {
        resolve: { alias },
        test: {
          ...settings,
          name: 'installed',
          setupFiles: seeds,
          include: files.filter((name) => INSTALLED.test(name)),
        },
      },
      {
        resolve: { alias },
        test: {
          ...settings,
          name: 'processes',
          setupFiles: seeds,
          include: alone.filter((name) => !taking.includes(name) && !INSTALLED.test(name)),
        },
      },
      {
        resolve: { alias },
        test: { ...settings, name: 'stages', setupFiles: seeds, include: taking, isolate: false },
      },
      {
        resolve: { alias },
        test: {
          ...settings,
          name: 'modules',
          setupFiles: seeds,
          include: files.filter((name) => !alone.includes(name) && !INSTALLED.test(name)),
          isolate: false,
        },
      },
    ],
  },
})

import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Connection } from '@temporalio/client'
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { freePorts } from '../../scripts/temporal/free-ports.js'
import {
  type LoopbackServer,
  readBody,
  sendJson,
  startLoopbackServer,
} from '../fixtures/loopback-server.js'
import { COUNT_MODULES } from './count-modules.js'
import {
  copyExamples,
  createNamespace,
  GUIDES,
  namedBlocks,
  readPage,
  writePageBlocks,
} from './examples.js'
import { playGuide } from './guide.js'
import {
  createUserProject,
  packPackage,
  removeFolder,
  run,
  runTool,
  startProgram,
} from './user-project.js'

const KEY = 'canary-package-key'
const ITEMS = Array.from({ length: 25 }, (_, n) => ({
  id: String(n),
  name: `item ${String(n)}`,
  amount: n,
}))
const PAGE = 10

// Programs of npm and compilers take minutes where there is much to do.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 })

let tarball: string
let folder: string
let project: string

beforeAll(async () => {
  ;({ tarball, folder } = await packPackage())
  project = await createUserProject(folder, tarball)
})

afterAll(async () => {
  await removeFolder(folder)
})

async function typeCheck(config: string) {
  return await runTool('tsc', ['-p', config], project)
}

/** Pages with programs of their own. */
async function howToPages(): Promise<readonly string[]> {
  const lists = ['docs/how-to', 'docs/deploy'].map(async (folder) => {
    const files = await readdir(new URL(`../../${folder}`, import.meta.url))
    return files.filter((file) => file.endsWith('.md')).map((file) => `${folder}/${file}`)
  })
  return ['docs/sync/README.md', ...(await Promise.all(lists)).flat()]
}

/** The package's entries for code. */
async function countEntries(): Promise<number> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8')
  const { exports } = JSON.parse(text) as { readonly exports: Readonly<Record<string, unknown>> }
  return Object.keys(exports).filter((name) => name !== './package.json').length
}

describe('the packed package', () => {
  it('is clean for publint', async () => {
    const { code, output } = await runTool('publint', ['run', tarball, '--strict'], folder)
    expect(output).toContain('All good!')
    expect(code).toBe(0)
  })

  it('is clean for attw', async () => {
    const args = [tarball, '--profile', 'esm-only', '--no-color', '--no-emoji']
    const { code, output } = await runTool('attw', args, folder)
    // node10 and require() are what the profile leaves out: the package is ESM.
    expect(code, output).toBe(0)
    expect(output.match(/OK \(ESM\)/g)).toHaveLength(await countEntries())
  })

  it('brings what is needed and nothing else', async () => {
    const { stdout } = await run('tar', ['-tzf', tarball], folder)
    const files = stdout.split('\n').map((file) => file.replace('package/', ''))
    for (const file of ['README.md', 'LICENSE', 'CHANGELOG.md', 'SECURITY.md'])
      expect(files).toContain(file)
    expect(files).toContain('dist/workflows/payload-converter.cjs')
    expect(files).toContain('dist/src/cli/main.js')
    expect(files.filter((file) => /^dist\/(?!src|workflows|activities)/.test(file))).toEqual([])
    expect(files.filter((file) => /\.test\.|fixtures/.test(file))).toEqual([])
  })
})

describe('in the TypeScript project of a user', () => {
  it.each(['nodenext', 'bundler'])('type-checks with moduleResolution %s', async (name) => {
    expect(await typeCheck(`tsconfig.${name}.json`)).toMatchObject({ output: '', code: 0 })
  })

  it("gives workflow code a connector's type without Node's types", async () => {
    expect(await typeCheck('tsconfig.workflows.json')).toMatchObject({ output: '', code: 0 })
  })

  it("leaves the compiler's guard in workflow code on", async () => {
    const workflow = await readFile(join(project, 'src', 'workflows.ts'), 'utf8')
    await writeFile(
      join(project, 'src', 'guard.ts'),
      `${workflow}\nexport const home: unknown = process.env\n`,
    )
    const { code, output } = await typeCheck('tsconfig.guard.json')
    expect(output).toMatch(/guard\.ts.*Cannot find name 'process'/)
    expect(output.match(/error TS/g)).toHaveLength(1)
    expect(code).not.toBe(0)
  })
})

describe('the pages that show how to begin', () => {
  let withFreePorts: (text: string) => string
  beforeAll(async () => {
    withFreePorts = await copyExamples(project)
    await writePageBlocks(project, await howToPages())
  })

  it('their programs type-check with the packed package', async () => {
    expect(await typeCheck('tsconfig.examples.json')).toMatchObject({ output: '', code: 0 })
  })

  it.each(GUIDES)('$page shows files of examples/$example as they are', async (guide) => {
    for (const [name, code] of namedBlocks(await readPage(guide.page)))
      expect(code).toBe(await readPage(`examples/${guide.example}/${name}`))
  })

  // The steps of an example's own page are those of a longer one, where there is one.
  it.concurrent.each(['README.md', 'docs/tutorial.md', 'examples/customer-connect/README.md'])(
    '%s: each step does what the page says',
    async (page) => {
      const address = inject('temporalAddress')
      const connection = await Connection.connect({ address })
      const example = GUIDES.find((guide) => guide.page === page)?.example ?? ''
      try {
        const namespace = await createNamespace(connection)
        const { PATH, HOME } = process.env
        const env = { PATH, HOME, TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace }
        const folder = join(project, 'examples', example)
        await playGuide(withFreePorts(await readPage(page)), { folder, env })
      } finally {
        await connection.close()
      }
    },
  )
})

describe('a project of `npx tokenkeeper init`', () => {
  // One that asks for nothing, one whose credential is typed, one whose credential is a file.
  it.concurrent.each([
    ['client-credentials', undefined],
    ['api-key', '{"apiKey":"anything"}'],
    ['jwt-bearer', undefined],
  ])('with %s runs as its README says, to the first record', async (kind, typed) => {
    const made = await run(
      'npx',
      ['--no', '--', 'tokenkeeper', 'init', `made-${kind}`, '--auth', kind],
      project,
    )
    expect(made.code, made.output).toBe(0)
    const folder = join(project, `made-${kind}`)
    expect(await runTool('tsc', ['-p', '.', '--noEmit'], folder)).toMatchObject({ output: '' })
    const readme = await moveProject(folder)
    // There is no terminal here on which a secret could be typed.
    const page =
      typed === undefined
        ? readme
        : readme.replace(
            'npm run connect\n',
            `echo '${typed}' | npx tokenkeeper --env-file .env connect practice --stdin\n`,
          )
    const { PATH, HOME } = process.env
    const env = { PATH, HOME, TEMPORAL_CLI_PATH: inject('temporalCliPath') }
    await playGuide(page, { folder, env })
    const lines = (await readFile(join(folder, 'synced.ndjson'), 'utf8')).trim().split('\n')
    expect(new Set(lines).size).toBe(25)
  })

  it('is never written over another', async () => {
    const args = ['--no', '--', 'tokenkeeper', 'init', 'made-none', '--auth', 'none']
    expect(await run('npx', args, project)).toMatchObject({ code: 0 })
    const before = await readFile(join(project, 'made-none', 'keeper.key'), 'utf8')
    const again = await run('npx', args, project)
    expect(again.code).not.toBe(0)
    expect(again.output).toContain('nothing is ever overwritten')
    expect(await readFile(join(project, 'made-none', 'keeper.key'), 'utf8')).toBe(before)
  })
})

/** Puts free ports in the place of a made project's own, and gives its README. */
async function moveProject(folder: string): Promise<string> {
  const [temporal, ui, pages, upstream] = await freePorts(4)
  const moved: readonly (readonly [file: string, from: string, to: string])[] = [
    ['.env', '7233', String(temporal)],
    ['connector.ts', '4801', String(upstream)],
    ['upstream.ts', '4801', String(upstream)],
    [
      'package.json',
      ' dev --db-file',
      ` dev --port ${temporal} --ui-port ${ui} --console-port ${pages} --db-file`,
    ],
  ]
  for (const [name, from, to] of moved) {
    const file = join(folder, name)
    await writeFile(file, (await readFile(file, 'utf8')).replaceAll(from, to))
  }
  return await readFile(join(folder, 'README.md'), 'utf8')
}

describe('in processes of a user', () => {
  let upstream: LoopbackServer
  const copied = new Map<string, number>()
  const refused: string[] = []

  beforeAll(async () => {
    upstream = await startUpstream(copied, refused)
    const file = join(project, 'src', 'connector.ts')
    const text = await readFile(file, 'utf8')
    await writeFile(file, text.replace('http://127.0.0.1:1', upstream.origin))
    await removeFolder(join(project, 'src', 'guard.ts'))
    const built = await typeCheck('tsconfig.nodenext.json')
    expect(built.output).toBe('')
  })

  afterAll(async () => {
    await upstream.stop()
  })

  it('loads a client without any worker or native module', async () => {
    await writeFile(join(project, 'count.mjs'), COUNT_MODULES)
    const { stdout, output } = await run(process.execPath, ['count.mjs'], project)
    expect(stdout, output).not.toBe('')
    const counted = JSON.parse(stdout) as {
      readonly client: string
      readonly own: readonly string[]
      readonly native: readonly string[]
    }
    expect(counted).toMatchObject({ client: 'function', native: [] })
    expect(counted.own.length, counted.own.join('\n')).toBeLessThanOrEqual(60)
    expect(counted.own.length).toBeGreaterThan(20)
  })

  it('runs a flow and a sync with a key of `npx tokenkeeper keygen`', async () => {
    const address = inject('temporalAddress')
    const made = await run('npx', ['--no', 'tokenkeeper', 'keygen', '--out', 'key'], project)
    expect(made.code).toBe(0)
    const publicKey = made.stdout.trim()
    const keeper = startProgram(
      project,
      'keeper-worker',
      [address, 'package-keeper', 'key'].map(toPath),
    )
    const flows = startProgram(project, 'flow-worker', [address, 'package-flows'])
    try {
      const args = [address, 'package-keeper', 'package-flows', publicKey, KEY]
      const main = await run(process.execPath, [join('out', 'main.js'), ...args], project)
      expect(main.code, main.output + keeper.output() + flows.output()).toBe(0)
      expect(JSON.parse(main.stdout)).toMatchObject({
        status: 'active',
        label: { text: 'ITEM 7', amount: 7 },
        sync: { pages: 3, read: 25, written: 25 },
      })
    } finally {
      await Promise.all([keeper.stop(), flows.stop()])
    }
    expect(keeper.output() + flows.output()).not.toContain(KEY)
    expect(refused).toEqual([])
    expect([...copied].sort()).toEqual(ITEMS.map(({ id, amount }) => [id, amount]).sort())
  })

  function toPath(argument: string): string {
    return argument === 'key' ? join(project, 'key') : argument
  }
})

/** A strict upstream with an API key: items in pages, and a sink that keeps what it accepts. */
async function startUpstream(
  copied: Map<string, number>,
  refused: string[],
): Promise<LoopbackServer> {
  return await startLoopbackServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://upstream')
    if (request.headers['x-api-key'] !== KEY) {
      refused.push(pathname)
      sendJson(response, 401, { error: 'unknown key' })
    } else if (pathname === '/copies') {
      const { items } = JSON.parse(await readBody(request)) as { readonly items: typeof ITEMS }
      for (const { id, amount } of items) copied.set(id, amount)
      sendJson(response, 200, {})
    } else if (pathname === '/items') {
      const page = Number(searchParams.get('page') ?? 1)
      if (page * PAGE < ITEMS.length)
        response.setHeader('Link', `</items?page=${String(page + 1)}>; rel="next"`)
      sendJson(response, 200, { items: ITEMS.slice((page - 1) * PAGE, page * PAGE) })
    } else {
      sendJson(response, 200, ITEMS[Number(pathname.slice('/items/'.length))])
    }
  })
}

import { existsSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { cliPage } from '../../scripts/docs/cli-page.js'
import { logEventsPage } from '../../scripts/docs/log-events-page.js'
import { metricsPage } from '../../scripts/docs/metrics-page.js'
import { REAUTH_REASONS } from '../../src/contract/reauth-reasons.js'
import { optionsPage } from '../../scripts/docs/options-page.js'
import { tracesPage } from '../../scripts/docs/traces-page.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
/** Stands for whoever publishes the package, until somebody does: in `repository`, `homepage` and `bugs`. */
const OWNER_PLACEHOLDER = 'OWNER'

interface Manifest {
  readonly files: readonly string[]
  readonly repository: { readonly url: string }
  readonly homepage: string
  readonly bugs: string
}

const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Manifest
const pages = await findPages()

describe.each(pages)('%s', (page) => {
  it('leads to files and headings that there are', async () => {
    for (const { path, anchor } of await linksOf(page)) {
      expect(existsSync(join(root, path)), `${page}: ${path}`).toBe(true)
      if (anchor === undefined) continue
      expect(await anchorsOf(path), `${page}: ${path}#${anchor}`).toContain(anchor)
    }
  })

  it.runIf(isPacked(page))('leads only to what the package contains', async () => {
    for (const { path } of await linksOf(page))
      expect(isPacked(path), `${page} leads to ${path}, which the package lacks`).toBe(true)
  })
})

describe('README.md', () => {
  it('is short enough for somebody who has never heard of it', async () => {
    expect((await readPage('README.md')).split('\n').length - 1).toBeLessThanOrEqual(170)
  })
})

describe('docs/symptoms.md', () => {
  it.each(Object.entries(REAUTH_REASONS))(
    'says how to have %s never again as the status does',
    async (reason, { prevent }) => {
      const lines = (await readPage('docs/symptoms.md')).split('\n')
      const row = lines.find((line) => line.startsWith(`| \`${reason}\``))?.replaceAll('`', '')
      for (const clause of prevent.split('; ')) expect(row).toContain(clause.split(',')[0])
    },
  )
})

describe('docs/how-to/watch.md', () => {
  it('names metrics as docs/reference/metrics.md does', async () => {
    const known = metricsPage()
    const named = (await readPage('docs/how-to/watch.md')).match(/`tokenkeeper_\w+`/g) ?? []
    expect(named.length).toBeGreaterThan(5)
    for (const name of named) expect(known).toContain(name)
  })
})

describe('docs/reference', () => {
  it.each([
    ['cli.md', cliPage],
    ['log-events.md', logEventsPage],
    ['metrics.md', metricsPage],
    ['options.md', optionsPage],
    ['traces.md', tracesPage],
  ])('%s is what the code says: after a change run `npm run docs:pages`', async (name, page) => {
    expect(await readPage(`docs/reference/${name}`)).toBe(page())
  })
})

describe('package.json', () => {
  it(`names one repository, whose owner is still the placeholder '${OWNER_PLACEHOLDER}'`, () => {
    const repository = `https://github.com/${OWNER_PLACEHOLDER}/tokenkeeper`
    expect(manifest.repository.url).toBe(`git+${repository}.git`)
    expect(manifest.homepage).toBe(`${repository}#readme`)
    expect(manifest.bugs).toBe(`${repository}/issues`)
  })
})

async function findPages(): Promise<readonly string[]> {
  const found: string[] = (await readdir(root)).filter((name) => name.endsWith('.md'))
  for (const folder of ['docs', 'examples']) {
    const names = await readdir(join(root, folder), { recursive: true })
    found.push(...names.map((name) => join(folder, name)))
  }
  return found
    .filter((name) => name.endsWith('.md') && !/node_modules|\.vitepress|reference\/api/.test(name))
    .sort()
}

async function readPage(path: string): Promise<string> {
  return await readFile(join(root, path), 'utf8')
}

/** Links within the repository; what stands in code is none. */
async function linksOf(page: string): Promise<readonly { path: string; anchor?: string }[]> {
  const text = withoutCode(await readPage(page))
  const targets = [...text.matchAll(/\]\(([^()\s]+)\)|(?:src|srcset|href)="([^"]+)"/g)]
  return targets
    .map(([, link = '', attribute = '']) => link + attribute)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [file = '', anchor] = target.split('#')
      const path = file === '' ? page : relative(root, join(root, dirname(page), file))
      return anchor === undefined ? { path } : { path, anchor }
    })
}

/** As GitHub makes them of headings. */
async function anchorsOf(path: string): Promise<readonly string[]> {
  if ((await stat(join(root, path))).isDirectory()) return []
  const headings = withoutFences(await readPage(path)).matchAll(/^#+ (.+)$/gm)
  return [...headings].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(/\s/g, '-'),
  )
}

function withoutFences(text: string): string {
  return text.replaceAll(/^ *```[\s\S]*?^ *```$/gm, '')
}

function withoutCode(text: string): string {
  return withoutFences(text).replaceAll(/<!--.*?-->|(?<!\[)`[^`\n]*`/g, '')
}

function isPacked(path: string): boolean {
  return manifest.files.some((file) => path === file || path.startsWith(`${file}/`))
}

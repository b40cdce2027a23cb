import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import * as workflows from '../../workflows/index.js'
import { until } from '../integration/until.js'
import { findChromium } from '../web/find-chromium.js'
import { type RunningCli, startCli } from './cli-process.js'
import { startWebUiStage, type WebUiStage } from './web-ui-stage.js'

const run = promisify(execFile)
const TOKEN = 'token-of-the-codec-server'
let stage: WebUiStage
let codecServer: RunningCli
let codecUrl: string

/** Parked for good: nobody has connected `shop/acme`. */
const PARKED_SYNC = 'sync:orders'

beforeAll(async () => {
  stage = await startWebUiStage()
  const { keeper, client, taskQueue, codecServer: own } = stage
  codecServer = startCli(
    ['codec-server', '--port', '0', '--origin', stage.webUi, '--codec-endpoint', own.origin],
    { env: { TOKENKEEPER_CODEC_TOKEN: TOKEN, TOKENKEEPER_CODEC_AUTH: own.auth } },
  )
  await keeper.connect('erp', 'default', { apiKey: stage.erpKey })
  const tags = ['customer:4711']
  await keeper.connect('shop', 'good', { refreshToken: 'canary-good' }, { tags })
  await keeper.connect('shop', 'weak', { refreshToken: 'canary-weak' })
  await keeper.refresh('shop', 'weak').catch(() => undefined)
  const start = (workflowId: string, type: string, ...args: readonly unknown[]) =>
    client.workflow.start(type, { workflowId, taskQueue, args: [...args] })
  const shop = (account: string, endpoint = 'orders.list') => ({
    from: { connection: `shop/${account}`, endpoint },
    to: { connection: 'erp', endpoint: 'orders.upsert' },
  })
  await start(PARKED_SYNC, 'syncFlow', { ...shop('acme'), maxWait: '1 day' })
  await start('flow:parked', 'leaseOnce', { connector: 'shop', account: 'acme', taskQueue })
  await start('sync:broken', 'syncFlow', shop('good', 'no.such'))
  await start('sync:done', 'syncFlow', shop('good'))
  await start('limit:erp:default', 'limitWorkflow', { connection: 'erp/default' })
  await start('watermark:orders', 'watermarkWorkflow', {})
  await start('notices', 'noticesWorkflow', {})
  await start('report', 'keeperReportFlow', { times: 1 })
  await start('check', 'checkReplayFlow', { syncs: [shop('good')], keeperTaskQueue: taskQueue })
  await start('preview', 'previewSyncFlow', {})
  // States that take minutes of refusals to come about; no worker gets these before tomorrow.
  const status = defineSearchAttributeKey('TokenkeeperStatus', SearchAttributeType.KEYWORD)
  for (const state of ['rejected', 'needs_reauth', 'revoked'])
    await client.workflow.start('tokenWorkflow', {
      workflowId: `token:shop:${state}`,
      taskQueue,
      args: [{ connection: `shop/${state}` }],
      startDelay: '1 day',
      typedSearchAttributes: [
        { key: status, value: state },
        {
          key: defineSearchAttributeKey('TokenkeeperConnector', SearchAttributeType.KEYWORD),
          value: 'shop',
        },
      ],
    })
  codecUrl = await vi.waitFor(
    () => {
      const [, url] = /is at (http:\/\/localhost:\d+)/.exec(codecServer.output.stderr) ?? []
      if (url === undefined) throw new Error(codecServer.output.stderr)
      return url
    },
    { timeout: 60_000, interval: 50 },
  )
}, 240_000)
afterAll(async () => {
  codecServer.child.kill('SIGTERM')
  await codecServer.ended
  await stage.stop()
})

describe('the saved views of the documents', async () => {
  const page = await readFile(new URL('../../docs/how-to/web-ui.md', import.meta.url), 'utf8')
  const [, table = ''] = page.split('## Saved views')
  const views = [...table.matchAll(/^\| ([a-z ]+?) +\| `([^`]+)`/gm)].map(
    ([, name = '', query = '']) => [name, query] as const,
  )
  const token = (...accounts: readonly string[]) => accounts.map((one) => `token:shop:${one}`)
  const FOUND: Readonly<Record<string, readonly string[]>> = {
    sick: token('needs_reauth', 'rejected', 'weak'),
    degraded: token('weak'),
    dead: token('needs_reauth', 'revoked'),
    rejected: token('rejected'),
    parked: ['flow:parked', PARKED_SYNC],
    'parked for one': ['flow:parked', PARKED_SYNC],
    'by connector': token('acme', 'good', 'needs_reauth', 'rejected', 'revoked', 'weak'),
    'by tag': token('good'),
    'failed syncs': ['sync:broken'],
    'stops within the hour': token('weak'),
  }

  it('are all tried here', () => {
    expect(views.map(([name]) => name).sort()).toEqual(Object.keys(FOUND).sort())
  })

  it.each(views)('%s', async (name, documented) => {
    const inAnHour = new Date(Date.now() + 3_600_000).toISOString()
    const query = documented.replace(/'\d{4}-[^']+Z'/, `'${inAnHour}'`)
    const look = async (): Promise<readonly string[]> => {
      const ids: string[] = []
      for await (const { workflowId } of stage.client.workflow.list({ query })) ids.push(workflowId)
      return ids.sort()
    }
    expect(await until(look, (ids) => ids.join() === FOUND[name]?.join())).toEqual(FOUND[name])
  })
})

interface Definition {
  readonly name?: string | null
  readonly description?: string | null
}
interface Metadata {
  readonly currentDetails?: string
  readonly definition: {
    readonly type: string
    readonly signalDefinitions?: readonly Definition[]
    readonly queryDefinitions?: readonly Definition[]
    readonly updateDefinitions?: readonly Definition[]
  }
}

const metadataOf = (workflowId: string) =>
  stage.client.workflow.getHandle(workflowId).query<Metadata>('__temporal_workflow_metadata')

describe('what the Web UI shows of workflows', () => {
  it('each handler of every workflow says what it is for', async () => {
    const types = Object.keys(workflows).filter((name) => /(?:Flow|Workflow)$/.test(name))
    const ids = ['token:shop:good', PARKED_SYNC, 'limit:erp:default', 'watermark:orders']
    const seen = await Promise.all(
      [...ids, 'notices', 'report', 'check', 'preview'].map(metadataOf),
    )
    expect([...new Set(seen.map(({ definition }) => definition.type))].sort()).toEqual(types.sort())
    const handlers = seen.flatMap(({ definition }) => {
      const { signalDefinitions = [], queryDefinitions = [], updateDefinitions = [] } = definition
      return [...signalDefinitions, ...queryDefinitions, ...updateDefinitions]
    })
    const ours = handlers.filter(({ name }) => name?.startsWith('tokenkeeper.') === true)
    expect(ours.length).toBeGreaterThan(20)
    const others = handlers.filter(({ name }) => name?.startsWith('__') !== true)
    expect(others.filter(({ description = '' }) => (description ?? '').length < 15)).toEqual([])
  })

  it('each timer and activity says what it is for, and each token workflow what it is', async () => {
    const { client } = stage
    const unnamed: string[] = []
    let named = 0
    for await (const { workflowId, runId } of client.workflow.list()) {
      const handle = client.workflow.getHandle(workflowId, runId)
      const { events = [] } = await handle.fetchHistory()
      for (const event of events ?? []) {
        const { activityTaskScheduledEventAttributes: activity, timerStartedEventAttributes } =
          event
        if (activity == null && timerStartedEventAttributes == null) continue
        if (event.userMetadata?.summary == null)
          unnamed.push(`${workflowId}: ${activity?.activityType?.name ?? 'timer'}`)
        else named += 1
      }
    }
    expect(unnamed).toEqual([])
    expect(named).toBeGreaterThan(10)
    // Started by a client, and by a flow that asked first.
    for (const account of ['good', 'acme']) {
      const description = await client.workflow.getHandle(`token:shop:${account}`).describe()
      expect(await description.staticSummary()).toBe(`token of shop/${account}`)
      expect(await description.staticDetails()).toContain('**Do not terminate or reset it**')
    }
  })

  it('a parked sync shows what it syncs, what it waits for and until when', async () => {
    const { currentDetails = '' } = await until(
      () => metadataOf(PARKED_SYNC),
      ({ currentDetails = '' }) => currentDetails.includes('Waits for'),
    )
    const [, wait, progress, route, related] = currentDetails.split(/\n\n|### Waits for\n/)
    expect(wait).toMatch(
      /^- \*\*shop\/acme\*\*, workflow `token:shop:acme`, since \S+Z, until the connection is usable again, and no longer than \S+Z: then it fails: shop\/acme /,
    )
    expect(progress).toContain('pages **0** · read **0** · written **0**')
    expect(route).toBe('from **shop/acme orders\\.list** to **erp/default orders\\.upsert**')
    expect(related).toBe('connections: workflows `token:shop:acme`, `token:erp:default`')
    const parked = ({ currentDetails: shown = '' }: Metadata): boolean =>
      shown.includes('until the connection is usable again, however long that takes')
    await until(() => metadataOf('flow:parked'), parked)
  })

  it('a sync through a codec of the own is done, and the life story is read', async () => {
    const done = stage.client.workflow.getHandle<() => Promise<{ pages: number }>>('sync:done')
    expect(await done.result()).toMatchObject({ pages: 1, read: 0 })
    const events = await stage.keeper.story('shop', 'good')
    expect(events.map(({ event }) => event)).toContain('connected')
    expect(await stage.keeper.status('shop', 'weak')).toMatchObject({ status: 'degraded' })
  })
})

describe('the codec server', () => {
  const show = async (...more: readonly string[]): Promise<string> => {
    const args = ['workflow', 'show', '-w', 'token:shop:good', '--address', stage.address, ...more]
    const { stdout } = await run(inject('temporalCliPath'), [...args, '--detailed'], {
      env: { HOME: process.env['HOME'], PATH: process.env['PATH'], NO_COLOR: '1' },
      maxBuffer: 32 * 1024 * 1024,
    })
    return stdout
  }

  it('shows to the temporal CLI what is sealed, and opens nothing', async () => {
    const plain = await show()
    expect(plain).not.toContain('sealedValue')
    const shown = await show('--codec-endpoint', codecUrl, '--codec-auth', `Bearer ${TOKEN}`)
    for (const text of [
      'sealedValue.purpose: grant',
      'lease.sealed.sealedValue.connection: shop/good',
      'lease.sealed.sealedValue.generation: 1',
    ])
      expect(shown).toContain(text)
    expect(shown).toMatch(/lease\.sealed\.sealedValue\.keyId: [0-9a-f]{16}\n/)
    expect(shown).toMatch(/lease\.sealed\.sealedValue\.bytes: \d+\n/)
    for (const text of [plain, shown]) expect(text).not.toMatch(/canary-/)
    expect(shown).not.toContain('tk1.')
  })
})

const installed = findChromium()
if (installed === undefined)
  console.warn('SKIPPED: no Chromium on this machine (install chromium, or set CHROMIUM_PATH)')

describe.skipIf(installed === undefined)('the Web UI in a real browser', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: installed?.executablePath ?? '',
      env: installed?.env ?? {},
      args: ['--no-sandbox'],
    })
  })
  afterAll(async () => {
    await browser.close()
    installed?.remove()
  })

  it('shows through the codec server what is wrong, and what is sealed', async () => {
    const page = await browser.newPage({ viewport: { width: 1400, height: 1100 } })
    page.setDefaultTimeout(60_000)
    const keep = async (name: string): Promise<void> => {
      const folder = process.env['TOKENKEEPER_SCREENSHOTS']
      if (folder !== undefined) await page.screenshot({ path: `${folder}/web-ui-${name}.png` })
    }
    await page.goto(codecUrl)
    await page.getByLabel('Token').fill(TOKEN)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('This browser may ask').waitFor()
    const list = `${stage.webUi}/namespaces/default/workflows`
    await page.goto(list)
    await page.getByTestId('data-encoder-status').click()
    await page.getByTestId('use-local-endpoint-input').check({ force: true })
    await page.getByLabel('Codec Server browser endpoint').fill(codecUrl)
    await page.getByText('Include cross-origin credentials').click()
    await keep('codec-server')
    const dialog = page.getByRole('dialog').filter({ hasText: 'Include cross-origin' })
    await dialog.getByRole('button', { name: 'Apply' }).click()
    await page.getByTestId('workflows-summary-table-configuration-button').click()
    for (const name of ['Run ID', 'Start', 'End'])
      await page.getByTestId(`orderable-list-item-${name}-remove-button`).click()
    for (const name of ['Status', 'WaitingFor', 'ExpiresAt', 'Tags'])
      await page.getByTestId(`orderable-list-item-Tokenkeeper${name}-add-button`).click()
    await page.getByTestId('drawer-close-button').click()
    const weak = page.getByRole('row').filter({ hasText: 'token:shop:weak' })
    await weak.getByText('degraded').waitFor()
    await page.getByRole('row').filter({ hasText: PARKED_SYNC }).getByText('shop/acme').waitFor()
    await keep('list')
    await page.goto(`${list}/token%3Ashop%3Aweak`)
    await page.getByText('User Metadata', { exact: true }).click()
    await inFrames(page, 'shop/weak: degraded', 'Goes on:', 'Holds the credential of')
    await keep('connection')
    await page.goto(`${list}/${encodeURIComponent(PARKED_SYNC)}`)
    await page.getByText('User Metadata', { exact: true }).click()
    await inFrames(page, 'Waits for', 'npx tokenkeeper connect shop/acme', 'token:erp:default')
    await keep('parked')
  }, 300_000)
})

/** The Web UI shows Markdown in frames of its own. */
async function inFrames(page: Page, ...texts: readonly string[]): Promise<void> {
  const read = async (): Promise<string> => {
    const bodies = page.frames().map((frame) =>
      frame
        .locator('body')
        .innerText()
        .catch(() => ''),
    )
    return (await Promise.all(bodies)).join('\n')
  }
  await until(read, (all) => texts.every((text) => all.includes(text)), 60_000)
}

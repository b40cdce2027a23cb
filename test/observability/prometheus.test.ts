import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { freePorts } from '../../scripts/temporal/free-ports.js'
import { type Stage, startStage } from '../integration/stage.js'
import { until } from '../integration/until.js'
import { hasProgram } from './find-prometheus.js'
import { dashboardQueries, SERIES } from './names.js'

/** Temporal's runtime is installed when the stage is imported, before the rest of this file. */
const { address } = await vi.hoisted(async () => {
  const { freePorts } = await import('../../scripts/temporal/free-ports.js')
  const [port = 0] = await freePorts(1)
  const free = `127.0.0.1:${String(port)}`
  process.env['TEST_METRICS_ADDRESS'] = free
  return { address: free }
})

const folder = fileURLToPath(new URL('../../observability/', import.meta.url))
/** What nothing of this story makes happen. */
const UNSEEN = ['tokenkeeper_limit_wait_duration_seconds', 'tokenkeeper_notice_deliveries_total']

const MAX_LEASE_AGE_MS = 2000
/** A worker's estimate of the server's clock may be behind it. */
const MARGIN_MS = 3000
let stage: Stage
beforeAll(async () => {
  stage = await startStage({
    orders: { moved: 40, parked: 10 },
    maxLeaseAgeMs: MAX_LEASE_AGE_MS,
    keeper: { metricsInterval: '1s', metricsTags: ['team:billing'] },
  })
  await stage.connectShop()
  await stage.connectErp()
  await stage.keeper.update(stage.erpId, 'default', { tags: ['team:billing', 'customer:4711'] })
  const revoking = stage.shop.revokeDuringNextPage('moved')
  await (await stage.sync('moved')).result()
  await revoking
  const failing = await stage.sync('failing', {
    from: { connection: `${stage.shopId}/acme`, endpoint: 'orders.none' },
  })
  await failing.result().catch(() => undefined)
  await stage.keeper.pause(stage.shopId, 'acme')
  // A keeper that has used the connection may serve it until its lease ends.
  const pausedAtMs = Date.now()
  const hasEnded = (): boolean => Date.now() > pausedAtMs + MAX_LEASE_AGE_MS + MARGIN_MS
  await vi.waitUntil(hasEnded, { timeout: 60_000, interval: 200 })
  await stage.sync('parked')
  const isCounted = async (): Promise<boolean> => {
    const text = await scrape()
    const parked = valueOf(text, 'tokenkeeper_flows_parked', { connector: stage.shopId })
    const tagged = valueOf(text, 'tokenkeeper_tagged_connections', { tag: 'team:billing' })
    return parked === 1 && tagged === 1
  }
  await vi.waitUntil(isCounted, { timeout: 60_000, interval: 200 })
})
afterAll(() => stage.end())

describe('a running worker', () => {
  it('tells what has happened, by the names and labels of the table', async () => {
    const text = await scrape()
    const series = read(text)
    const unknown = series.filter(({ name }) => !SERIES.has(name))
    expect(unknown).toEqual([])
    for (const { name, labels } of series)
      for (const label of Object.keys(labels))
        expect([...(SERIES.get(name) ?? []), 'service_name'], name).toContain(label)
    const unseen = [...SERIES.keys()].filter((name) => !series.some((one) => one.name === name))
    expect(unseen.filter((name) => !UNSEEN.some((prefix) => name.startsWith(prefix)))).toEqual([])
    const shop = { connector: stage.shopId }
    const orders = { ...shop, endpoint: 'orders.list' }
    expect(valueOf(text, 'tokenkeeper_sync_records_total', { ...orders, outcome: 'written' })).toBe(
      40,
    )
    expect(valueOf(text, 'tokenkeeper_sync_pages_total', orders)).toBe(4)
    expect(valueOf(text, 'tokenkeeper_sync_runs_total', { ...orders, outcome: 'done' })).toBe(1)
    expect(
      valueOf(text, 'tokenkeeper_sync_runs_total', {
        ...shop,
        endpoint: 'orders.none',
        outcome: 'UnknownEndpoint',
      }),
    ).toBe(1)
    expect(valueOf(text, 'tokenkeeper_token_rejections_total', shop)).toBeGreaterThan(0)
    expect(
      valueOf(text, 'tokenkeeper_upstream_request_duration_seconds_count', {
        ...orders,
        outcome: 'credential_rejected',
      }),
    ).toBeGreaterThan(0)
    const requests = { ...shop, outcome: 'minted' }
    const causes = ['connect', 'rejected'].map((cause) =>
      valueOf(text, 'tokenkeeper_token_requests_total', { ...requests, cause }),
    )
    expect(causes).toEqual([1, 1])
    expect(valueOf(text, 'tokenkeeper_connections', { ...shop, state: 'paused' })).toBe(1)
    expect(valueOf(text, 'tokenkeeper_connections', { ...shop, state: 'active' })).toBe(0)
    expect(valueOf(text, 'tokenkeeper_connections', { connector: stage.erpId })).toBe(1)
    const tagged = { connector: stage.erpId, state: 'active', tag: 'team:billing' }
    expect(valueOf(text, 'tokenkeeper_tagged_connections', tagged)).toBe(1)
    // Neither is degraded: their tokens are renewed.
    for (const one of [shop, { connector: stage.erpId }])
      expect(valueOf(text, 'tokenkeeper_token_expiry', one)).toBe(Infinity)
    expect(valueOf(text, 'tokenkeeper_lease_requests_total', { ...shop, outcome: 'parked' })).toBe(
      1,
    )
  })

  it('tells no account, no workflow and no secret', async () => {
    const text = await scrape()
    for (const secret of [
      'acme',
      'sync-',
      'customer:4711',
      ...stage.canaries.map(([, value]) => value),
    ])
      expect(text).not.toContain(secret)
  })
})

const hasPrometheus = hasProgram('prometheus', 'a Prometheus that scrapes a running worker')
const hasPromtool = hasProgram('promtool', 'the check of the alert rules by promtool')

describe.skipIf(!hasPromtool)('promtool', () => {
  it.each([
    ['check', 'prometheus-rules.yml'],
    ['test', 'prometheus-rules.test.yml'],
  ])('%s rules %s', (what, file) => {
    const told = execFileSync('promtool', [what, 'rules', join(folder, file)], { encoding: 'utf8' })
    expect(told).toContain('SUCCESS')
  })
})

describe.skipIf(!hasPrometheus)('a Prometheus that scrapes it', () => {
  let prometheus: ChildProcess
  let api: string
  beforeAll(async () => {
    const home = await mkdtemp(join(tmpdir(), 'tokenkeeper-prometheus-'))
    const config = {
      global: { scrape_interval: '500ms', evaluation_interval: '500ms' },
      rule_files: [join(folder, 'prometheus-rules.yml')],
      scrape_configs: [{ job_name: 'tokenkeeper', static_configs: [{ targets: [address] }] }],
    }
    await writeFile(join(home, 'prometheus.yml'), JSON.stringify(config))
    const [port = 0] = await freePorts(1)
    api = `http://127.0.0.1:${String(port)}/api/v1`
    prometheus = spawn(
      'prometheus',
      [
        `--config.file=${join(home, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(home, 'data')}`,
        `--web.listen-address=127.0.0.1:${String(port)}`,
        '--log.level=error',
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    )
    const isScraped = async (): Promise<boolean> =>
      (await query('count_over_time(tokenkeeper_flows_parked[1m]) > 2').catch(() => [])).length > 0
    await vi.waitUntil(isScraped, { timeout: 60_000, interval: 200 })
  })
  afterAll(() => {
    prometheus.kill()
  })

  it('has something to show in every panel', async () => {
    const look = async (): Promise<string> => {
      const empty: string[] = []
      for (const { title, expr } of dashboardQueries())
        if ((await query(expr)).length === 0) empty.push(title)
      return empty.join()
    }
    // Nothing of this story makes these happen.
    const nothing = [
      'A failing connection stops in',
      'Seconds until a failing connection stops',
      'Waits for the turn under a limit',
      'Records set aside',
      'Deliveries',
    ]
    // Some ask how fast a figure grows: that takes two scrapes.
    await until(look, (empty) => empty === nothing.join())
  })

  it('loads every alert rule, and the one for parked flows is pending', async () => {
    const rules = await until(
      async () => {
        const { groups = [] } = (await ask('rules')).data
        return groups.flatMap((group) => group.rules)
      },
      (all) =>
        all.length > 0 &&
        all.every(({ health }) => health === 'ok') &&
        stateOf(all, 'TokenkeeperFlowsParked') === 'pending' &&
        stateOf(all, 'TokenkeeperSyncFailed') === 'firing',
    )
    const states = new Map(rules.map(({ name, state }) => [name, state]))
    expect(states.get('TokenkeeperNoKeeper')).toBe('inactive')
    expect(states.get('TokenkeeperTokenEnded')).toBe('inactive')
  })

  const stateOf = (rules: readonly Rule[], wanted: string): string | undefined =>
    rules.find(({ name }) => name === wanted)?.state

  interface Answer {
    readonly error?: string
    readonly data: {
      readonly result?: readonly unknown[]
      readonly groups?: readonly { readonly rules: readonly Rule[] }[]
    }
  }

  interface Rule {
    readonly name: string
    readonly health: string
    readonly state: string
  }

  async function query(expr: string): Promise<readonly unknown[]> {
    const path = `query?query=${encodeURIComponent(expr)}`
    return (await ask(path)).data.result ?? []
  }

  async function ask(path: string): Promise<Answer> {
    const answer = await fetch(`${api}/${path}`)
    const body = (await answer.json()) as Answer
    expect(body.error, path).toBeUndefined()
    return body
  }
})

interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

async function scrape(): Promise<string> {
  const answer = await fetch(`http://${address}/metrics`)
  const text = await answer.text()
  return text
    .split('\n')
    .filter((line) => line.startsWith('tokenkeeper_'))
    .join('\n')
}

/** Of this stage: names of other tests' connectors don't stand in this process. */
function read(text: string): readonly Sample[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [, name = '', inner = '', value = ''] = /^(\w+)\{(.*)\} (\S+)$/.exec(line) ?? []
      const labels = [...inner.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(
        ([, label = '', text = '']) => [label, text],
      )
      const amount = value === 'inf' ? Infinity : Number(value)
      return { name, labels: Object.fromEntries(labels) as Sample['labels'], value: amount }
    })
}

/** The sum of the samples that have these labels. */
function valueOf(text: string, name: string, labels: Readonly<Record<string, string>>): number {
  return read(text)
    .filter((one) => one.name === name)
    .filter((one) => Object.entries(labels).every(([label, is]) => one.labels[label] === is))
    .reduce((sum, { value }) => sum + value, 0)
}

import { hostname } from 'node:os'
import { describe, expect, it } from 'vitest'
import { judgePollers } from '../../src/cli/doctor-worker.js'
import {
  judgeConnections,
  judgeConnectors,
  judgeEnds,
  connectionsByKey,
} from '../../src/cli/doctor/check-connections.js'
import {
  judgeClocks,
  judgeKeepers,
  judgeProxies,
  judgeVersions,
} from '../../src/cli/doctor/check-keepers.js'
import { judgeKeys } from '../../src/cli/doctor/check-keys.js'
import type { Finding } from '../../src/cli/doctor/finding.js'
import type { KeeperReport } from '../../src/contract/keeper-report.js'
import type { ConnectionStatus } from '../../src/contract/token-status.js'

const NOW = Date.UTC(2026, 10, 30)
const DAY = 86_400_000

function report(more: Partial<KeeperReport> = {}): KeeperReport {
  return {
    identity: '1@here',
    versions: { tokenkeeper: '0.1.0', sdk: '1.24.0', node: 'v20.20.0' },
    keyIds: ['k1'],
    connectors: [{ id: 'shop', kind: 'refresh-token' }],
    clockAheadMs: 20,
    proxy: { variables: [] },
    ...more,
  }
}

function status(more: Partial<ConnectionStatus> = {}): ConnectionStatus {
  return {
    connection: 'shop/acme',
    status: 'active',
    sinceMs: NOW,
    generation: 1,
    waiting: 0,
    waitingFlows: [],
    keyIds: ['k1'],
    counts: { refreshRequests: 1, leases: 1 },
    ...more,
  }
}

function outcomes(findings: readonly Finding[]): readonly string[] {
  for (const { outcome, todo } of findings) if (outcome === 'problem') expect(todo).toMatch(/\w/)
  return findings.map(({ outcome }) => outcome)
}

describe('keeper workers', () => {
  const polling: readonly string[] = ['1@here']
  const seen = {
    taskQueue: 'tokenkeeper',
    polling,
    working: polling,
    syncing: polling,
    reports: [report()],
  }
  it.each([
    ['answer', seen, 'ok'],
    ['are not there', { ...seen, polling: [] }, 'problem'],
    ['do no calls', { ...seen, working: [] }, 'problem'],
    ['do no syncs', { ...seen, syncing: [] }, 'problem'],
    ['poll and do not answer', { ...seen, reports: [] }, 'problem'],
    ['are partly silent', { ...seen, polling: ['1@here', '2@there'] }, 'note'],
    ['are not told by the server', { ...seen, polling: 'unknown' as const }, 'unknown'],
  ])('%s', (_what, given, outcome) => {
    expect(outcomes([judgeKeepers(given)])).toEqual([outcome])
  })

  it.each<[string, readonly KeeperReport[], string, string]>([
    ['of one version', [report()], '0.1.0', 'ok'],
    ['of another than this program', [report()], '0.2.0', 'note'],
    [
      'of two versions',
      [report(), report({ versions: { tokenkeeper: '0.2.0', sdk: '1.24.0', node: 'v20' } })],
      '0.1.0',
      'problem',
    ],
    [
      'of two SDKs',
      [report(), report({ versions: { tokenkeeper: '0.1.0', sdk: '1.23.0', node: 'v20' } })],
      '0.1.0',
      'note',
    ],
    ['that told nothing', [], '0.1.0', 'unknown'],
  ])('%s', (_what, reports, tokenkeeper, outcome) => {
    expect(outcomes(judgeVersions(reports, { tokenkeeper }, []))).toEqual([outcome])
  })
})

describe('keys', () => {
  const inUse = connectionsByKey([
    status(),
    status({ connection: 'shop/other', keyIds: ['k1', 'k2'] }),
  ])
  it.each<[string, readonly string[][], readonly string[], boolean?]>([
    ['all with all workers', [['k1', 'k2']], ['ok']],
    ['one with no worker', [['k1']], ['problem']],
    ['one with a part of the workers', [['k1', 'k2'], ['k2']], ['problem']],
    ['one more than is in use', [['k0', 'k1', 'k2']], ['note']],
    ['one more, while a connection is silent', [['k0', 'k1', 'k2']], ['ok'], true],
    ['one more that is newer than what is in use', [['k1', 'k2', 'k3', 'k4']], ['ok']],
    [
      'two that seal',
      [
        ['k1', 'k2'],
        ['k2', 'k1'],
      ],
      ['note'],
    ],
  ])('%s', (_what, keys, expected, hasSilent = false) => {
    const reports = keys.map((keyIds, index) => report({ identity: `${index}@here`, keyIds }))
    expect(outcomes(judgeKeys(inUse, reports, hasSilent))).toEqual(expected)
  })

  it('names the connections whose key is missing', () => {
    const [finding] = judgeKeys(inUse, [report()], false)
    expect(finding?.message).toContain('key k2, for which 1 connection (shop/other) is sealed')
  })
})

it.each<[string, number, readonly string[]]>([
  ['agree', 100, ['ok']],
  ['differ a little', -6000, ['note']],
  ['differ much', 45_000, ['problem']],
])('clocks that %s', (_what, clockAheadMs, expected) => {
  expect(outcomes(judgeClocks({ reports: [report({ clockAheadMs })] }))).toEqual(expected)
})

it('the clock of this machine is judged by the bounds that are known', () => {
  const here = (leastMs: number, mostMs: number) =>
    outcomes(judgeClocks({ reports: [], here: { leastMs, mostMs } }))
  expect(here(-3000, 2000)).toEqual(['ok'])
  expect(here(-90_000, -60_000)).toEqual(['problem'])
  expect(here(60_000, 70_000)).toEqual(['problem'])
})

it('proxies: broken ones, and workers that differ', () => {
  const broken = report({ proxy: { variables: ['HTTPS_PROXY'], problem: 'it is no URL.' } })
  expect(outcomes(judgeProxies([broken]))).toEqual(['problem'])
  const proxied = report({ proxy: { variables: ['HTTPS_PROXY'] } })
  expect(outcomes(judgeProxies([proxied, report()]))).toEqual(['note'])
  expect(outcomes(judgeProxies([proxied]))).toEqual(['ok'])
})

describe('connections', () => {
  it('that need somebody are told with what to do; others are counted', () => {
    const dead = status({
      status: 'needs_reauth',
      reason: 'revoked',
      waiting: 2,
      waitingFlows: ['a', 'b'],
    })
    const [finding] = judgeConnections({ statuses: [dead, status()], silent: [] })
    expect(finding).toMatchObject({ outcome: 'problem' })
    expect(finding?.message).toMatch(/^shop\/acme is needs_reauth: .* 2 flows wait for it\.$/)
    expect(finding?.todo).toContain('npx tokenkeeper connect shop/acme')
    expect(outcomes(judgeConnections({ statuses: [status()], silent: [] }))).toEqual(['ok'])
    expect(outcomes(judgeConnections({ statuses: [], silent: ['shop/acme'] }))).toEqual(['unknown'])
  })

  it.each<[string, ConnectionStatus['comingEnds'], readonly string[]]>([
    ['nothing', undefined, ['ok']],
    ['a grant in 29 days', [{ what: 'grant_ends', endsAtMs: NOW + 29 * DAY }], ['problem']],
    ['a grant in 31 days', [{ what: 'grant_ends', endsAtMs: NOW + 31 * DAY }], ['ok']],
    ['a secret yesterday', [{ what: 'client_secret_ends', endsAtMs: NOW - DAY }], ['problem']],
  ])('of which ends %s', (_what, comingEnds, expected) => {
    expect(outcomes(judgeEnds([status({ comingEnds })], NOW))).toEqual(expected)
  })

  it('without a connector at any worker, and workers that lack one', () => {
    const other = status({ connection: 'erp/default' })
    const [finding] = judgeConnectors([status(), other], [report()])
    expect(finding?.message).toContain("'erp', which 1 connection uses: erp/default")
    const lacking = report({ identity: '2@here', connectors: [] })
    expect(outcomes(judgeConnectors([status()], [report(), lacking]))).toEqual(['problem'])
    expect(outcomes(judgeConnectors([status()], [report()]))).toEqual(['ok'])
  })
})

describe('the worker of this host', () => {
  const alive = {
    alive: true,
    state: 'RUNNING',
    taskQueue: 'flows',
    identity: '7@box',
    startedAtMs: NOW - 30_000,
  }
  const at = (agoMs: number, identity = `7@${hostname()}`) => ({
    identity,
    lastAccessMs: NOW - agoMs,
  })
  it.each([
    ['polls', {}, [at(1000)], undefined, 'alive'],
    ['polled minutes ago', {}, [at(200_000)], undefined, 'dead'],
    ['is another host', {}, [at(1000, '7@elsewhere')], undefined, 'dead'],
    ['is named', { identity: 'mine' }, [at(1000, 'mine')], undefined, 'alive'],
    ['is not the one that is named', { identity: 'mine' }, [at(1000)], undefined, 'dead'],
    ['says that it works, and has just begun', {}, [], alive, 'alive'],
    [
      'says that it works, and is not listed any more',
      {},
      [],
      { ...alive, startedAtMs: NOW - 200_000 },
      'dead',
    ],
    [
      'says that it works, and has not asked for minutes',
      {},
      [at(200_000, '7@box')],
      alive,
      'dead',
    ],
  ])('%s', (_what, more, pollers, health, outcome) => {
    const worker = { taskQueue: 'flows', identity: undefined, ...more }
    expect(judgePollers(worker, pollers, NOW, health).outcome).toBe(outcome)
  })
})

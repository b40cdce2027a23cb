import { expect, it } from 'vitest'
import { describeSync } from '../../../workflows/sync/sync-display.js'
import { SyncMeter } from '../../../workflows/sync/sync-meter.js'

const T0 = 1_800_000_000_000
const at = (read: number, total?: number) => ({
  counters: { pages: Math.ceil(read / 100), read, written: read },
  total,
})

it('the rate is over the last reports, the time left only where a total is known', () => {
  const meter = new SyncMeter()
  meter.note(at(0), T0)
  expect(meter.throughput(at(0))).toEqual({})
  meter.note(at(600), T0 + 60_000)
  expect(meter.throughput(at(600))).toEqual({ recordsPerSecond: 10 })
  expect(meter.throughput(at(600, 1000))).toEqual({ recordsPerSecond: 10, secondsLeft: 40 })
  for (let minute = 2; minute < 10; minute += 1)
    meter.note(at(600 + (minute - 1) * 1200), T0 + minute * 60_000)
  expect(meter.throughput(at(10_200)).recordsPerSecond).toBe(20)
})

it('time in which it stood still does not count', () => {
  const meter = new SyncMeter()
  meter.note(at(0), T0)
  meter.note(at(600), T0 + 60_000)
  meter.restart(at(600), T0 + 3_600_000)
  expect(meter.throughput(at(600, 1000))).toEqual({})
  meter.note(at(900), T0 + 3_630_000)
  expect(meter.throughput(at(900, 1000))).toEqual({ recordsPerSecond: 10, secondsLeft: 10 })
})

it('is shown in one line', () => {
  const checkpoint = {
    counters: { pages: 3, read: 300, written: 298, setAside: 2 },
    total: 40_000,
  }
  const sync = {
    from: { connection: 'shop/acme', endpoint: 'orders.list' },
    to: { connection: 'erp/default', endpoint: 'orders.upsert' },
    replayOf: { workflowId: 'sync:orders', runId: 'run-1' },
  }
  const throughput = { recordsPerSecond: 12.5, secondsLeft: 3176 }
  expect(describeSync(sync, checkpoint, throughput).split('\n\n')).toEqual([
    'pages **3** · read **300** · written **298** · set aside **2** · of 40000 · 12.5 records a second · about 53 min left',
    'from **shop/acme orders\\.list** to **erp/default orders\\.upsert**',
    'connections: workflows `token:shop:acme`, `token:erp:default` · replay of run `run-1` of workflow `sync:orders`',
  ])
})

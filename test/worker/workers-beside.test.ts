import { EventEmitter, once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Worker } from '@temporalio/worker'
import { expect, test } from 'vitest'
import { createBeside } from '../../src/worker/workers-beside.js'

/** As much of a worker as is needed to end one that never ran. */
function fakeWorker(name: string, ended: string[]): Worker {
  const worker: Pick<Worker, 'runUntil'> = {
    runUntil: async (until) => {
      ended.push(name)
      return await (typeof until === 'function' ? until() : until)
    },
  }
  return worker as Worker
}

test('workers are made at the same time, and handed on in their order', async () => {
  const ended: string[] = []
  const [first, second] = [fakeWorker('work', ended), fakeWorker('syncs', ended)]
  const keeper = fakeWorker('keeper', ended)
  const begun = new EventEmitter()
  const given: (readonly Worker[])[] = []
  const made = await createBeside(
    [
      // Ready only when the other one has been begun.
      () => once(begun, 'second').then(() => first),
      () => {
        begun.emit('second')
        return Promise.resolve(second)
      },
    ],
    ({ workers }) => {
      given.push(workers)
      return Promise.resolve(keeper)
    },
  )
  expect(made).toBe(keeper)
  expect(given).toEqual([[first, second]])
  expect(ended).toEqual([])
})

test('where one can not be made, those end that are made, be it later', async () => {
  const ended: string[] = []
  const late = fakeWorker('syncs', ended)
  const creating = createBeside(
    [() => Promise.reject(new Error('no such namespace')), () => sleep(10, late)],
    () => Promise.reject(new Error('is not reached')),
  )
  await expect(creating).rejects.toThrow('no such namespace')
  expect(ended).toEqual(['syncs'])
})

test('where the keeper worker can not be made, those beside it end', async () => {
  const ended: string[] = []
  const creating = createBeside([() => Promise.resolve(fakeWorker('work', ended))], () =>
    Promise.reject(new Error('no bundle')),
  )
  await expect(creating).rejects.toThrow('no bundle')
  expect(ended).toEqual(['work'])
})

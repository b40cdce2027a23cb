import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pageShapes } from './page-shapes.js'
import { readShape } from './page-shape-upstream.js'
import { ReadingStage } from './reading-stage.js'

let stage: ReadingStage
beforeAll(async () => {
  stage = await ReadingStage.start()
})
afterAll(async () => {
  await stage.stop()
})

const LOUD = new Set([
  'ItemsMissing',
  'AnswerInvalid',
  'AnswerUnreadable',
  'UpstreamRejected',
  'CursorRefused',
  'ForeignOrigin',
])

test('whatever is wrong with answers or definition, a sync says so, or loses nothing', async () => {
  await fc.assert(
    fc.asyncProperty(pageShapes(true), async (shape) => {
      const { ids, failure, warnings } = await readShape(stage, shape)
      const all = shape.pages.flat()
      if (shape.fault === 'repeats page') expect(all).toEqual(expect.arrayContaining([...ids]))
      else expect(ids).toEqual(all.slice(0, ids.length))
      if (failure !== undefined) expect(LOUD).toContain(failure.type)
      const isWhole = all.every((id) => ids.includes(id))
      if (failure === undefined && !isWhole) expect(warnings.length).toBeGreaterThan(0)
    }),
    { numRuns: 2000, endOnFailure: false },
  )
}, 120_000)

import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { answerOf } from './page-shape-upstream.js'
import { endpointOf, type PageShape, pageShapes } from './page-shapes.js'
import { ReadingStage } from './reading-stage.js'

let stage: ReadingStage
beforeAll(async () => {
  stage = await ReadingStage.start()
})
afterAll(async () => {
  await stage.stop()
})

async function read(shape: PageShape) {
  const { context, sliced, style } = shape
  const input = style === 'cursor-post' ? { body: { kind: 'order' } } : { kind: 'order' }
  const answer = answerOf(shape, () => stage.upstream.origin)
  return await stage.read(endpointOf(shape), answer, { context, sliced, input })
}

test('for every style and every shape of answer, a sync reads exactly what is there', async () => {
  await fc.assert(
    fc.asyncProperty(pageShapes(false), async (shape) => {
      const { ids, failure, warnings } = await read(shape)
      expect(failure?.message).toBeUndefined()
      expect(ids).toEqual(shape.pages.flat())
      // Only a place that no page has may be told.
      const told = warnings.filter((one) => !one.includes('misspelt'))
      expect(told).toEqual([])
      if (shape.pages.length > 1) expect(warnings).toEqual([])
    }),
    { numRuns: 1500, endOnFailure: false },
  )
}, 120_000)

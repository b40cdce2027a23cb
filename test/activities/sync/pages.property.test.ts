import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readShape } from './page-shape-upstream.js'
import { pageShapes } from './page-shapes.js'
import { ReadingStage } from './reading-stage.js'

let stage: ReadingStage
beforeAll(async () => {
  stage = await ReadingStage.start()
})
afterAll(async () => {
  await stage.stop()
})

test('for every style and every shape of answer, a sync reads exactly what is there', async () => {
  await fc.assert(
    fc.asyncProperty(pageShapes(false), async (shape) => {
      const whole = await readShape(stage, shape)
      const { ids, failure, warnings } = whole
      // How far it reads ahead makes no difference.
      if (shape.ahead > 1) expect(await readShape(stage, { ...shape, ahead: 1 })).toEqual(whole)
      expect(failure?.message).toBeUndefined()
      expect(ids).toEqual(shape.pages.flat())
      const isSilent = /^(?:304|no body)$/.test(shape.empty)
      const isOne = shape.pages.length === 1
      for (const warning of warnings)
        // Of a place that no page has, and of an end that is no answer.
        if (warning.includes('no content')) expect(isSilent).toBe(true)
        else if (/list at|may not know/.test(warning)) expect(ids).toEqual([])
        else expect([isOne, warning]).toEqual([true, expect.stringContaining('misspelt')])
    }),
    { numRuns: 1500, endOnFailure: false },
  )
}, 120_000)

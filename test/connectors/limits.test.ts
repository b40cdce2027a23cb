import { expect, it } from 'vitest'
import { apiKey, defineConnector } from '../../src/connectors/index.js'
import { problemsOf } from './problems-of.js'

const auth = apiKey({ in: 'header', name: 'X-Api-Key' })

it('takes rules as data', () => {
  const { limits } = defineConnector({
    id: 'shop',
    baseUrl: 'https://shop.example',
    auth,
    endpoints: {},
    limits: {
      wait: [
        { header: 'X-RateLimit-Reset', as: 'epoch-milliseconds' },
        { header: 'RateLimit', part: 't', as: 'seconds' },
        { body: 'error.retry_after', as: 'duration' },
      ],
      detect: [
        { status: [400], body: { path: 'code', equals: ['RATELIMITED', 17] }, waitMs: 1000 },
        { status: [200, 403], header: { name: 'X-Limited', equals: 'true' } },
        { status: [420, 509] },
      ],
      remaining: [
        { header: 'X-Shopify-Shop-Api-Call-Limit', as: 'used/limit' },
        {
          header: 'X-Left',
          limit: { header: 'X-Limit' },
          reset: { header: 'X-Reset', as: 'seconds' },
        },
      ],
      budget: { requests: 2, perMs: 1000, burst: 40 },
    },
  })
  expect(limits?.budget).toEqual({ requests: 2, perMs: 1000, burst: 40 })
})

it.each([
  [
    'a 200 alone',
    { detect: [{ status: [200] }] },
    'limits.detect[0].status',
    'needs a header or body',
  ],
  ['the former name of detect', { told: [] }, 'limits.told', "it is called 'detect'"],
  [
    'a 401 alone',
    { detect: [{ status: [401] }] },
    'limits.detect[0].status',
    'needs a header or body',
  ],
  [
    'a form that nobody knows',
    { wait: [{ header: 'X-Reset', as: 'weeks' }] },
    'limits.wait[0]',
    'must be { header, part?, as } or { body, as }',
  ],
  [
    'no requests',
    { budget: { requests: 0, perMs: 1000 } },
    'limits.budget.requests',
    'must be at least 1',
  ],
  ['no time', { budget: { requests: 1 } }, 'limits.budget.perMs', 'is missing'],
  [
    'an unknown rule',
    { remaining: [{ header: 'X-Left', when: 'soon' }] },
    'limits.remaining[0].when',
    'is not known here',
  ],
])('refuses %s', (_what, limits, path, message) => {
  const { problems } = problemsOf({ auth, limits })
  expect(problems).toHaveLength(1)
  expect(problems[0]?.path).toBe(path)
  expect(problems[0]?.message).toContain(message)
  expect(problems[0]?.example).toMatch(/limits|wait|detect|remaining|budget/)
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cursor, get, linkHeader, nextUrl, type Pagination } from '../../../src/connectors/index.js'
import { sendJson } from '../../fixtures/loopback-server.js'
import { CANARY } from '../activity-bench.js'
import { ReadingStage } from './reading-stage.js'

let stage: ReadingStage
beforeAll(async () => {
  stage = await ReadingStage.start()
})
afterAll(() => stage.stop())

const escaped = Array.from(CANARY)
  .map((one) => `%${one.charCodeAt(0).toString(16)}`)
  .join('')
const byLink = linkHeader()
const byUrl = nextUrl({ path: 'next' })
const byCursor = cursor({ from: { body: 'next' }, to: { query: 'after' } })
const byHeader = cursor({ from: { body: 'next' }, to: { header: 'X-After' } })

describe('a next page whose place holds the key', () => {
  test.each<[string, Pagination, string]>([
    ['in the path', byUrl, CANARY],
    ['in the path, escaped', byUrl, `/records/${escaped}`],
    ['in the path of a link', byLink, `/records/${CANARY}/2`],
    ['as a cursor', byCursor, CANARY],
    ['inside a cursor', byCursor, `after ${CANARY}.`],
    ['as a cursor in a header', byHeader, CANARY],
    ['as the name of a parameter', byUrl, `?${CANARY}=1`],
  ])('%s is refused, and stands nowhere', async (_what, paginate, next) => {
    const read = await stage.read(
      get('/records', { items: 'records', paginate }),
      (_seen, _request, response) => {
        sendJson(response, 200, { records: [{ id: 1 }], next }, { link: `<${next}>; rel="next"` })
      },
    )
    expect(read.failure).toMatchObject({ type: 'AnswerInvalid' })
    expect(read.failure?.message).toContain('holds the credential')
    expect(JSON.stringify(read)).not.toContain(CANARY)
  })
})

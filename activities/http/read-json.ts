import type { Endpoint } from '../../src/connectors/connector.js'
import { parseBy } from './parse-by.js'
import type { UpstreamFailures } from './upstream-failures.js'

/**
 * The JSON of an answer, checked and transformed by the endpoint's `response` schema; undefined where
 * the body is empty.
 * @throws ApplicationFailure `AnswerUnreadable`, `AnswerInvalid`
 */
export async function readJson(
  { response }: Pick<Endpoint, 'response'>,
  endpoint: string,
  answer: AnswerText,
  failures: UpstreamFailures,
): Promise<unknown> {
  return await checkJson(response, endpoint, parseAnswer(endpoint, answer, failures), failures)
}

interface AnswerText {
  readonly text: string
  readonly status: number
}

/** The JSON of an answer as it came. @throws ApplicationFailure `AnswerUnreadable` */
export function parseAnswer(
  endpoint: string,
  answer: AnswerText,
  failures: UpstreamFailures,
): unknown {
  // Decoded at each reading.
  const { text } = answer
  const body = text === '' ? undefined : parse(text)
  if (body === UNREADABLE) throw failures.unreadable(endpoint, answer.status)
  return body
}

/** What a schema makes of the JSON of an answer. @throws ApplicationFailure `AnswerInvalid` */
export async function checkJson(
  response: Endpoint['response'],
  endpoint: string,
  body: unknown,
  failures: UpstreamFailures,
): Promise<unknown> {
  if (response === undefined) return body
  const parsed = await parseBy(response, body)
  if (parsed.success) return parsed.data
  throw failures.invalid(endpoint, parsed.problems)
}

const UNREADABLE = Symbol('unreadable')

function parse(text: string): unknown {
  try {
    return JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text)
  } catch {
    return UNREADABLE
  }
}

import type { Endpoint } from '../../src/connectors/connector.js'
import { JsonProblem, parseJson } from '../../src/wire/json.js'
import { parseBy } from './parse-by.js'
import type { UpstreamAnswer } from './upstream-request.js'
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

/** What of an answer is read here. */
export type AnswerText = Pick<UpstreamAnswer, 'read' | 'status' | 'body'>

/**
 * The JSON of an answer as it came.
 * @param page of a sync, from 1
 * @param parse default {@link parseJson}
 * @throws ApplicationFailure `AnswerUnreadable`
 */
export function parseAnswer(
  endpoint: string,
  { read, status, body }: AnswerText,
  failures: UpstreamFailures,
  page?: number,
  parse: (text: string, bytes: Uint8Array | undefined) => unknown = parseJson,
): unknown {
  if ('problem' in read)
    throw failures.unreadable(endpoint, status, CHARSET_PROBLEMS[read.problem], page)
  const { text } = read
  if (text === '') return undefined
  try {
    // Where each byte is one character, its bytes are those of the text.
    return parse(text, text.length === body.length ? body : undefined)
  } catch (error) {
    if (!(error instanceof JsonProblem)) throw error
    throw failures.unreadable(endpoint, status, JSON_PROBLEMS[error.problem], page)
  }
}

const CHARSET_PROBLEMS = {
  'not-utf-8':
    "whose bytes are not UTF-8, and it declares no other charset: ask the API's makers to declare the one it is in",
  'not-its-charset': 'whose bytes do not fit the charset that it declares',
  'unknown-charset': 'in a charset that is not known, and it is not UTF-8',
} as const

const JSON_PROBLEMS = {
  syntax: "that can't be read as JSON; look at the connector's base URL and path",
  depth: 'that is nested more than 1,000 deep',
} as const

/** What a schema makes of the JSON of an answer. @throws ApplicationFailure `AnswerInvalid` */
export async function checkJson(
  response: Endpoint['response'],
  endpoint: string,
  body: unknown,
  failures: UpstreamFailures,
): Promise<unknown> {
  if (response === undefined) return body
  const parsed = await parseBy(response, body)
  if (parsed.outcome === 'valid') return parsed.data
  throw failures.invalid(endpoint, parsed.problems)
}

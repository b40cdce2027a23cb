import type { UpstreamFailures } from '../http/upstream-failures.js'

/**
 * The result of a call as it goes into the history: exact numbers are texts of their digits, which JSON
 * between Temporal and a workflow can't say otherwise.
 * @throws ApplicationFailure `AnswerInvalid` where the endpoint's response schema made what is no JSON
 */
export function plainResult(
  result: unknown,
  endpoint: string,
  failures: UpstreamFailures,
): unknown {
  try {
    const text = JSON.stringify(result, (_key, part: unknown) =>
      typeof part === 'bigint' ? String(part) : part,
    ) as string | undefined
    return text === undefined ? null : (JSON.parse(text) as unknown)
  } catch {
    throw failures.invalid(endpoint, 'the result can not be written as JSON')
  }
}

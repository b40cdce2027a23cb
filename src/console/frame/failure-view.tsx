import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { TokenkeeperError } from '../../client/errors/tokenkeeper-error.js'
import { toPlain } from '../../contract/foreign-text.js'
import type { View } from './layout.js'

const STATUS: Readonly<Record<string, ContentfulStatusCode>> = {
  NotConnected: 404,
  InvalidConnection: 404,
  UnknownConnector: 404,
  UnknownSync: 404,
  NoSync: 404,
  InvalidInput: 400,
  NoKeeperWorker: 503,
  Unavailable: 503,
  SearchAttributesMissing: 503,
  NoAnswer: 504,
}

const TITLES: Readonly<Record<string, string>> = {
  NotConnected: 'There is no such connection',
  InvalidConnection: 'There is no such connection',
  NoKeeperWorker: 'No keeper worker answers',
  Unavailable: 'Temporal does not answer',
  SearchAttributesMissing: 'The namespace lacks a search attribute',
  NoAnswer: 'No answer came in time',
}

/** What could not be shown or done, and what to do next. */
export function failureView(error: unknown): View {
  const known = error instanceof TokenkeeperError ? error : undefined
  const code = known?.code ?? 'Unexpected'
  const title =
    TITLES[code] ?? (known === undefined ? 'Something went wrong here' : 'This did not work')
  return {
    title,
    status: STATUS[code] ?? (known === undefined ? 500 : 409),
    body: (
      <>
        <h1>{title}</h1>
        <p class="problem" role="alert">
          {known === undefined
            ? 'The console failed. Its log tells more, where the application keeps one.'
            : toPlain(known.message)}
        </p>
        <p class="quiet small">
          Code: <code>{toPlain(code, 80)}</code>
        </p>
      </>
    ),
  }
}

export const NOT_FOUND: View = {
  title: 'There is nothing here',
  status: 404,
  body: (
    <>
      <h1>There is nothing here</h1>
      <p>Check the address, or begin at the list of connections.</p>
    </>
  ),
}

import type { Tracing } from '../../src/contract/tracing.js'
import type { MovePagesOptions } from './move-pages.js'

/** What a sync does with its pages. */
type PageWork = Pick<MovePagesOptions, 'reader' | 'write'>

/** The same work, each page in a span. */
export function pagesInSpans(
  tracing: Tracing,
  { connection, endpoint }: { readonly connection: string; readonly endpoint: string },
  { reader, write }: PageWork,
): PageWork {
  if (!tracing.isOn) return { reader, write }
  const about = { 'tokenkeeper.connection': connection, 'tokenkeeper.endpoint': endpoint }
  return {
    reader: {
      read: (page, signal) =>
        tracing.inSpan('tokenkeeper.sync.read', about, async (span) => {
          const read = await reader.read(page, signal)
          span.set({ 'tokenkeeper.records': read.records.length })
          return read
        }),
    },
    write: (ledger, signal) => {
      const counts = {
        'tokenkeeper.page': ledger.number,
        'tokenkeeper.records': ledger.open().length,
      }
      return tracing.inSpan('tokenkeeper.sync.write', { ...about, ...counts }, () =>
        write(ledger, signal),
      )
    },
  }
}

import { formatActor } from '../../contract/actor.js'
import { toPlain } from '../../contract/foreign-text.js'
import { causeText } from '../../contract/story-texts.js'
import type { StoryEvent } from '../../contract/token-status.js'
import { Moment } from '../frame/parts.js'

/** The life story, newest first. */
export function Story({ events, nowMs }: { events: readonly StoryEvent[]; nowMs: number }) {
  return (
    <>
      <h2>Life story</h2>
      <div class="scroll">
        <table>
          <caption class="unseen">What happened to this connection, newest first</caption>
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">What</th>
              <th scope="col">Why</th>
              <th scope="col">Who</th>
              <th scope="col" class="number">
                Generation
              </th>
            </tr>
          </thead>
          <tbody>
            {events.toReversed().map((event) => (
              <Row event={event} nowMs={nowMs} />
            ))}
          </tbody>
        </table>
      </div>
    </>
  )
}

function Row({ event, nowMs }: { event: StoryEvent; nowMs: number }) {
  const cause = causeText(event) ?? ''
  const { code, times = 1, lastAtMs, generation } = event
  return (
    <tr>
      <td class="tight">
        <Moment atMs={lastAtMs ?? event.atMs} nowMs={nowMs} />
      </td>
      <td>{event.event.replaceAll('_', ' ')}</td>
      <td>
        {toPlain(cause, 600)}
        {code !== undefined && (
          <>
            {' '}
            <code>{toPlain(code, 80)}</code>
          </>
        )}
        {times > 1 && <span class="quiet"> ({times} times)</span>}
      </td>
      <td>{event.by !== undefined && toPlain(formatActor(event.by), 260)}</td>
      <td class="number">{generation}</td>
    </tr>
  )
}

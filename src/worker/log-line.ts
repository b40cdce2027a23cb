import { Runtime } from '@temporalio/worker'
import { LOG_EVENTS, type LogEvent, type LogFields, logFields } from '../contract/log-events.js'

/** Where one line about each trouble goes. */
export type LogLine = <Event extends LogEvent>(
  event: Event,
  message: string,
  fields: LogFields<Event>,
) => void

/** Writes a line into the log of Temporal's runtime, where workers write theirs. */
export const logLine: LogLine = (event, message, fields) => {
  const { level } = LOG_EVENTS[event]
  Runtime.instance().logger[level](`tokenkeeper: ${message}`, logFields(event, fields))
}

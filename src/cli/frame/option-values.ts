import { InvalidArgumentError } from 'commander'
import { paceToMs } from '../../client/replay/pace.js'

/** Reads the value of an option, as commander wants it. @throws InvalidArgumentError for what is no port */
export function toPort(text: string): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port > 0 && port < 65_536) return port
  throw new InvalidArgumentError('a port is a number from 1 to 65535')
}

/** @throws InvalidArgumentError for what is no port; 0 is any free one */
export function toPortOrAny(text: string): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port < 65_536) return port
  throw new InvalidArgumentError('a port is a number up to 65535')
}

/** @throws InvalidArgumentError for what is no whole number above 0 */
export function toWholeNumber(text: string): number {
  const count = Number(text)
  if (/^\d{1,7}$/.test(text) && count > 0) return count
  throw new InvalidArgumentError('expected a whole number above 0')
}

/** @throws InvalidArgumentError for what is no pace; the text stays as it is */
export function toPaceText(text: string): string {
  if (paceToMs(text) !== undefined) return text
  throw new InvalidArgumentError('a pace is 5/s, 30/m or 100/h')
}

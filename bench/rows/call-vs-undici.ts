import { compareCalls } from '../compare-calls.js'
import type { Measured } from '../statistics.js'

export function measure(): Promise<Measured> {
  return compareCalls('undici')
}

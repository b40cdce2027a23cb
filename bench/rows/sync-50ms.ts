import { compareShapes } from '../compare-shapes.js'
import type { Measured } from '../statistics.js'

export function measure(): Promise<Measured> {
  return compareShapes(50)
}

import { closestMatch } from 'leven'

/** ` Did you mean shopify?`, or nothing where no name is near. */
export function nearestOf(word: string, names: readonly string[]): string {
  const maxDistance = Math.ceil(word.length * 0.4)
  const near = closestMatch(word, [...names], { maxDistance })
  return near === undefined ? '' : ` Did you mean ${near}?`
}

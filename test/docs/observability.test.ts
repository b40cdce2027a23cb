import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import {
  dashboardQueries,
  METRIC_NAMES,
  observabilityFile,
  SERIES,
} from '../observability/names.js'

interface Rules {
  readonly groups: readonly { readonly rules: readonly { alert: string; expr: string }[] }[]
}

const rules = (parse(observabilityFile('prometheus-rules.yml')) as Rules).groups.flatMap((group) =>
  group.rules.map(({ alert, expr }) => ({ title: alert, expr })),
)
const queries = [...dashboardQueries(), ...rules]

describe('the dashboard and the alert rules', () => {
  it.each(queries)('$title asks for metrics and labels that there are', ({ expr }) => {
    const series = [...expr.matchAll(/(tokenkeeper_\w+)(?:\{([^}]*)\})?/g)]
    expect(series.length).toBeGreaterThan(0)
    const labels = new Set(series.flatMap(([, name = '']) => [...(SERIES.get(name) ?? [])]))
    for (const [, name = '', matchers = ''] of series) {
      expect([...SERIES.keys()]).toContain(name)
      for (const [, label] of matchers.matchAll(/(\w+)\s*[=!]~?/g))
        expect([...(SERIES.get(name) ?? [])], `${name}{${matchers}}`).toContain(label)
    }
    for (const [, by = ''] of expr.matchAll(/\bby \(([^)]*)\)/g))
      for (const label of by.split(',')) expect([...labels], by).toContain(label.trim())
  })

  it('show every metric', () => {
    const shown = dashboardQueries()
      .map(({ expr }) => expr)
      .join('\n')
    const missing = METRIC_NAMES.filter((name) => !shown.includes(name.replaceAll('.', '_')))
    expect(missing).toEqual([])
  })
})

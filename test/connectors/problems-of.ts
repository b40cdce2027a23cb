import { defineConnector, InvalidDefinition } from '../../src/connectors/index.js'

const base = { id: 'shop', baseUrl: 'https://shop.example', endpoints: {} }

/** What `defineConnector` says of a definition that is wrong; without endpoints unless it names some. */
export function problemsOf(definition: object): InvalidDefinition {
  try {
    defineConnector({ ...base, ...definition } as Parameters<typeof defineConnector>[0])
  } catch (error) {
    if (error instanceof InvalidDefinition) return error
    throw error
  }
  throw new Error('the definition was let through')
}

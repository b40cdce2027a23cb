import { expectTypeOf, test } from 'vitest'
import * as z from 'zod'
import { apiKey, defineConnector, get, put } from '../../src/connectors/index.js'
import type {
  ConnectorLike,
  EndpointInput,
  EndpointOutput,
} from '../../src/contract/typed-calls.js'

const shop = defineConnector({
  id: 'shop',
  baseUrl: 'https://shop.example',
  auth: apiKey({ in: 'header', name: 'X-Api-Key' }),
  endpoints: {
    'orders.get': get('/orders/{id}.json', { response: z.object({ total: z.number() }) }),
    'orders.list': get('/orders', { query: z.object({ status: z.string() }) }),
    'orders.put': put('/orders/{id}', { body: z.object({ total: z.number() }) }),
  },
  verify: 'orders.list',
})
type Endpoints = (typeof shop)['endpoints']

test('a connector keeps the literal types of its endpoints', () => {
  expectTypeOf(shop).toExtend<ConnectorLike>()
  expectTypeOf<keyof Endpoints>().toEqualTypeOf<'orders.get' | 'orders.list' | 'orders.put'>()
  expectTypeOf<Endpoints['orders.get']['path']>().toEqualTypeOf<'/orders/{id}.json'>()
  expectTypeOf<EndpointOutput<Endpoints['orders.get']>>().toEqualTypeOf<{ total: number }>()
  expectTypeOf<{ id: number }>().toExtend<EndpointInput<Endpoints['orders.get']>>()
  expectTypeOf<{ status: string }>().toExtend<EndpointInput<Endpoints['orders.list']>>()
  expectTypeOf<{ status: number }>().not.toExtend<EndpointInput<Endpoints['orders.list']>>()
  expectTypeOf<{ id: 'a'; body: { total: number } }>().toExtend<
    EndpointInput<Endpoints['orders.put']>
  >()
  expectTypeOf<{ id: 'a'; body: { total: string } }>().not.toExtend<
    EndpointInput<Endpoints['orders.put']>
  >()
})

test('verify names an endpoint, by type too', () => {
  const definition = { id: 'shop', baseUrl: 'https://shop.example', endpoints: {} } as const
  // @ts-expect-error there is no such endpoint
  const wrong = () => defineConnector({ ...definition, auth: apiKey(shopKey), verify: 'nothing' })
  expectTypeOf(wrong).toBeFunction()
})

const shopKey = { in: 'query', name: 'key' } as const

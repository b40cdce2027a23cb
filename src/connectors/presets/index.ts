// tokenkeeper/presets: connectors of providers, ready to use and to read.
export type { OAuthPresetOptions, PresetOptions } from './preset-options.js'
export { hubspot } from './hubspot.js'
export { netsuite } from './netsuite.js'
export { salesforce } from './salesforce.js'
export { sapBusinessOne } from './sap-business-one.js'
export { shopify } from './shopify.js'
export { slack } from './slack.js'
export { xero } from './xero.js'

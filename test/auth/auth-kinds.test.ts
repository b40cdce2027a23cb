import {
  apiKeyCase,
  basicCase,
  clientCredentialsCase,
  refreshTokenCase,
} from './auth-kind-cases.js'
import { testAuthKind } from './auth-kind-suite.js'

testAuthKind('api-key', () => apiKeyCase('header'))
testAuthKind('api-key', () => apiKeyCase('query'))
testAuthKind('basic', basicCase)
testAuthKind('client-credentials', () => clientCredentialsCase('client_secret_basic'))
testAuthKind('client-credentials', () => clientCredentialsCase('client_secret_post'))
testAuthKind('refresh-token', () => refreshTokenCase('rotating'))
testAuthKind('refresh-token', () => refreshTokenCase('none'))

import { startOpensearch } from './opensearch.ts'
import { findGreeting } from './search-engine.fixture.ts'
import { storeSuite } from './testing.ts'

storeSuite('OpenSearch', { start: startOpensearch, sentence: findGreeting, answer: 1, guarded: ['tls'] })

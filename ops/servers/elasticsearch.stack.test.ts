import { startElasticsearch } from './elasticsearch.ts'
import { findGreeting } from './search-engine.fixture.ts'
import { storeSuite } from './testing.ts'

storeSuite('Elasticsearch', { start: startElasticsearch, sentence: findGreeting, answer: 1, guarded: ['tls'] })

import { numberBlocksContract } from '../../ports/number-blocks.contract.ts'
import { openTestDatabase } from '../sqlite/testing.ts'
import { SqlNumberBlocks } from './number-blocks.ts'

numberBlocksContract('sqlite', async () => new SqlNumberBlocks(await openTestDatabase()))

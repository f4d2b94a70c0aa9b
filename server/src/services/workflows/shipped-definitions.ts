import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { parse } from 'yaml'
import { WorkflowDefinition } from '@capstan/contract/workflow-definition'

const FOLDER = join(import.meta.dirname, 'definitions')

/** The workflows that come with this release. */
export const shippedDefinitions = (folder: string = FOLDER): WorkflowDefinition[] =>
  readdirSync(folder)
    .filter((file) => ['.yaml', '.yml', '.json'].includes(extname(file)))
    .sort()
    .map((file) => WorkflowDefinition.parse(parse(readFileSync(join(folder, file), 'utf8'))))

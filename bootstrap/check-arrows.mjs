import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkArrows } from './arrows.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
process.chdir(root)
const { violations, modulesRead, modulesMissed } = await checkArrows({ root })
for (const { rule, from, to } of violations) process.stdout.write(`${rule}: ${from} → ${to}\n`)
for (const path of modulesMissed) process.stdout.write(`not read: ${path}\n`)
process.stdout.write(`${modulesRead} modules read, ${modulesMissed.length} missed, ${violations.length} arrows that are not allowed\n`)
process.exitCode = violations.length + modulesMissed.length > 0 || modulesRead === 0 ? 1 : 0

import { globSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { cruise } from 'dependency-cruiser'

const ROOTS = ['contract/src', 'server/src', 'console/src', 'cli/src', 'bench']

/**
 * Reads every module below `baseDir` and holds the rules of .dependency-cruiser.mjs against it. `modulesMissed` are files on disk that the
 * reader did not see: a checker that reads nothing finds nothing.
 * @returns {Promise<{ violations: { rule: string, from: string, to: string }[], modulesRead: number, modulesMissed: string[] }>}
 */
export async function checkArrows({ root, baseDir = root, roots = ROOTS }) {
  const { default: rules } = await import(pathToFileURL(join(root, '.dependency-cruiser.mjs')).href)
  const there = globSync(
    ROOTS.map((folder) => `${folder}/**/*.{ts,tsx}`),
    { cwd: baseDir },
  ).map((path) => path.replaceAll('\\', '/'))
  const present = roots.filter((folder) => there.some((path) => path.startsWith(`${folder}/`)))
  const { output } = await cruise(present, { ...rules.options, baseDir, validate: true, ruleSet: { forbidden: rules.forbidden } })
  const read = new Set(output.modules.map((module) => module.source))
  return {
    violations: output.summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to })),
    modulesRead: read.size,
    modulesMissed: there.filter((path) => !read.has(path)),
  }
}

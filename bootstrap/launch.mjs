import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { exitCodeOf, isForeground, mustForward } from './plan.mjs'
import { tell } from './progress.mjs'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2']

/**
 * Becomes the program, or where Node cannot do that (before 22.15) starts it and stands in for it: signals go in, the exit code comes out.
 */
export function launch({ nodePath, args, env }) {
  if (nodePath === process.execPath && typeof process.execve === 'function') process.execve(nodePath, [nodePath, ...args], env)
  const child = spawn(nodePath, args, { stdio: 'inherit', env })
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (mustForward(signal, isInForeground())) child.kill(signal)
    })
  }
  child.on('error', (thrown) => {
    tell(`${nodePath} does not start (${thrown.code}). Remove its folder and start again.`)
    process.exit(2)
  })
  child.on('exit', (code, signal) => process.exit(exitCodeOf(code, signal ? constants.signals[signal] : 0)))
}

function isInForeground() {
  try {
    return isForeground(readFileSync('/proc/self/stat', 'utf8'))
  } catch {
    return false
  }
}

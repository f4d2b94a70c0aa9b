import { InvalidArgumentError } from 'commander'

/** For options that are counted: a whole number of at least 1. */
export function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('it is a whole number of at least 1.')
  return Number(text)
}

/** For options that are a time. */
export function seconds(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('it is a whole number of seconds.')
  return Number(text)
}

/** `#48213` as it is written on the screen, the bare number, or an id. */
export function idOf(text: string): string {
  const bare = text.replace(/^#/, '')
  if (/^[1-9]\d{0,15}$/.test(bare) || /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(bare)) return bare
  throw new InvalidArgumentError('it is a number such as 48213 or #48213, or an id.')
}

/** Shown below the help of a command. */
export const examples = (...lines: readonly string[]): string =>
  `\nExample${lines.length === 1 ? '' : 's'}:\n${lines.map((line) => `  ${line}`).join('\n')}`

import type { Command } from 'commander'

/** A completion script for bash or zsh, made from the commands themselves. */
export function completionScript(program: Command, shell: 'bash' | 'zsh'): string {
  const lines = program.commands.map(
    (command) => `    ${command.name()}) words="${command.commands.map((sub) => sub.name()).join(' ')} ${longOptions(command)}" ;;`,
  )
  const top = `${program.commands.map((command) => command.name()).join(' ')} ${longOptions(program)}`
  const body = `_capstan() {
  local words
  case "\${COMP_WORDS[1]}" in
${lines.join('\n')}
    *) words="${top}" ;;
  esac
  [ "$COMP_CWORD" -le 1 ] && words="${top}"
  COMPREPLY=($(compgen -W "$words" -f -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _capstan capstan ./capstan
`
  return shell === 'zsh' ? `autoload -U +X bashcompinit && bashcompinit\n${body}` : body
}

const longOptions = (command: Command): string =>
  command.options
    .map(({ long }) => long)
    .filter(Boolean)
    .join(' ')

import type { Command } from 'commander'

/** A completion script for bash or zsh, made from the commands themselves. */
export function completionScript(program: Command, shell: 'bash' | 'zsh'): string {
  const cases = program.commands.flatMap((command) => [
    `    '${command.name()}') words='${wordsOf(command)}' ;;`,
    ...command.commands.map((sub) => `    '${command.name()} ${sub.name()}') words='${wordsOf(sub)}' ;;`),
  ])
  const groups = program.commands.filter(({ commands }) => commands.length > 0).map((command) => command.name())
  const valued = [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)].flatMap(({ options }) =>
    options.filter(({ required }) => required).map(({ long }) => long),
  )
  const body = `_capstan() {
  local words='' path='' word at
  for ((at = 1; at < COMP_CWORD; at++)); do
    word="\${COMP_WORDS[at]}"
    case "$word" in
    ${[...new Set(valued)].join('|')}) ((at++)) ;;
    -*) ;;
    *)
      case "$path" in
      '') path="$word" ;;
      ${groups.join('|')}) path="$path $word" ;;
      esac ;;
    esac
  done
  case "$path" in
    '') words='${program.commands.map((command) => command.name()).join(' ')}' ;;
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words ${longOptions(program)}" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _capstan capstan ./capstan
`
  return shell === 'zsh' ? `autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n${body}` : body
}

const wordsOf = (command: Command): string => [...command.commands.map((sub) => sub.name()), longOptions(command)].join(' ').trim()

const longOptions = ({ options }: Command): string => [...options.map(({ long }) => long), '--help'].join(' ')

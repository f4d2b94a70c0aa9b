import type { Command } from 'commander'

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** A completion script, made from the commands themselves. */
export function completionScript(program: Command, shell: Shell): string {
  const table = tableOf(program)
  if (shell === 'fish') return fishScript(program, table)
  return shell === 'zsh'
    ? `autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n${bashScript(table)}`
    : bashScript(table)
}

type Table = {
  /** What can follow: by the command that was typed so far, '' for none. */
  words: readonly { path: string; words: string }[]
  /** Commands that have sub-commands, and options that take a value. */
  groups: readonly string[]
  valued: readonly string[]
}

function tableOf(program: Command): Table {
  const global = longOptions(program)
  const [, ...below] = withSubcommands(program)
  const words = below.map((command) => ({ path: pathOf(command), words: `${wordsOf(command)} ${global}` }))
  const valued = [program, ...below].flatMap(({ options }) => options.filter(({ required }) => required).map(({ long }) => long ?? ''))
  return {
    words: [{ path: '', words: wordsOf(program) }, ...words],
    groups: below.filter(({ commands }) => commands.length > 0).map(pathOf),
    valued: [...new Set(valued)],
  }
}

const withSubcommands = (command: Command): Command[] => [command, ...command.commands.flatMap(withSubcommands)]

const wordsOf = (command: Command): string =>
  [...command.commands.map((sub) => sub.name()), ...choicesOf(command), longOptions(command), '--help'].join(' ').trim()

const choicesOf = ({ registeredArguments }: Command): string[] => registeredArguments.flatMap(({ argChoices }) => argChoices ?? [])

const longOptions = ({ options }: Command): string => options.map(({ long }) => long).join(' ')

const bashScript = ({ words, groups, valued }: Table): string => `_capstan() {
  local words='' path='' word at
  for ((at = 1; at < COMP_CWORD; at++)); do
    word="\${COMP_WORDS[at]}"
    case "$word" in
    ${valued.join('|')}) ((at++)) ;;
    -*) ;;
    *)
      case "$path" in
      '') path="$word" ;;
      ${groups.map(quoted).join('|')}) path="$path $word" ;;
      esac ;;
    esac
  done
  case "$path" in
${words.map((row) => `    '${row.path}') words='${row.words}' ;;`).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _capstan capstan ./capstan
`

/** Fish shows what each word means, and tells options from words itself. */
function fishScript(program: Command, { groups, valued }: Table): string {
  const rows = withSubcommands(program).flatMap((command) => {
    const at = command === program ? '' : `-n "__capstan_at '${pathOf(command)}'" `
    return [
      ...command.commands.map(
        (sub) => `complete -c capstan -n "__capstan_at '${pathOf(command)}'" -a ${sub.name()} -d ${quoted(sub.description())}`,
      ),
      ...choicesOf(command).map((choice) => `complete -c capstan ${at}-a ${choice}`),
      ...command.options.map(
        ({ long, required, description }) =>
          `complete -c capstan ${at}-l ${long?.slice(2)}${required ? ' -r' : ''} -d ${quoted(description)}`,
      ),
    ]
  })
  return `function __capstan_at
    set -l path ''
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
            continue
        end
        switch $word
            case ${valued.join(' ')}
                set skip 1
            case '-*'
            case '*'
                switch $path
                    case ''
                        set path $word
                    case ${groups.map(quoted).join(' ')}
                        set path "$path $word"
                end
        end
    end
    test "$path" = "$argv[1]"
end
complete -c capstan -n "__capstan_at ''" -f
complete -c capstan -l help -d 'the use and examples'
${rows.join('\n')}
`
}

const pathOf = (command: Command): string => (command.parent ? `${pathOf(command.parent)} ${command.name()}`.trim() : '')

const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`

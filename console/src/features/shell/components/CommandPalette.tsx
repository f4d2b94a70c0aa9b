import { useState, type KeyboardEvent } from 'react'
import { Modal, TextInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useStore } from '../../../lib/store.ts'
import { overlay } from '../api/overlay.ts'
import { useCommands, type Command } from './commands.tsx'

/** Any command by a few letters; what is no command is searched in the library. */
export function CommandPalette() {
  const { t } = useTranslation()
  const open = useStore(overlay, (value) => value === 'palette')
  return (
    <Modal
      opened={open}
      onClose={() => overlay.set(null)}
      withCloseButton={false}
      yOffset="14vh"
      centered={false}
      size={560}
      padding="md"
      title={t('shell.palette.title')}
      styles={{ header: { display: 'none' } }}
    >
      {open && <Palette />}
    </Modal>
  )
}

function Palette() {
  const { t } = useTranslation()
  const [text, setText] = useState('')
  const [chosen, setChosen] = useState(0)
  const commands = useCommands(text)
  const run = (command: Command | undefined) => {
    if (!command) return
    overlay.set(null)
    command.run()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined) {
      event.preventDefault()
      setChosen((at) => (at + step + commands.length) % Math.max(1, commands.length))
    }
    if (event.key === 'Enter') {
      event.preventDefault()
      run(commands[chosen])
    }
  }
  return (
    <>
      <TextInput
        data-autofocus
        size="md"
        aria-label={t('shell.palette.placeholder')}
        placeholder={t('shell.palette.placeholder')}
        role="combobox"
        aria-expanded
        aria-controls="palette-list"
        aria-activedescendant={commands[chosen] ? `command-${chosen}` : undefined}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value)
          setChosen(0)
        }}
        onKeyDown={onKeyDown}
      />
      <div role="listbox" id="palette-list" className="palette-list" aria-label={t('shell.palette.title')}>
        {commands.map((command, index) => (
          <div
            key={command.label}
            id={`command-${index}`}
            role="option"
            aria-selected={index === chosen}
            className="palette-item"
            onMouseMove={() => setChosen(index)}
            onClick={() => run(command)}
          >
            <command.icon size={16} strokeWidth={1.6} />
            <span className="grow cut">{command.label}</span>
            {command.keys && <kbd>{command.keys}</kbd>}
          </div>
        ))}
      </div>
    </>
  )
}

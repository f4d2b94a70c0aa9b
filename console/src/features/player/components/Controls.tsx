import type { ReactNode } from 'react'
import { Menu, Tooltip } from '@mantine/core'
import {
  Camera,
  Captions,
  ChevronFirst,
  ChevronLast,
  Expand,
  FastForward,
  Frame,
  MapPin,
  Pause,
  Play,
  Rewind,
  Settings2,
  Shrink,
  Volume2,
  VolumeX,
  X,
  type LucideIcon,
} from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { useStore } from '../../../lib/store.ts'
import type { Transport } from '../api/transport.ts'
import { TimecodeField } from './TimecodeField.tsx'

export type ControlsProps = {
  transport: Transport
  typing: boolean
  onTyping: (typing: boolean) => void
  safe: boolean
  onSafe: () => void
  isFull: boolean
  onFull: () => void
  onStill: (() => void) | null
  onMark: () => void
  source: 'proxy' | 'hls'
  sources: readonly ('proxy' | 'hls')[]
  onSource: (source: 'proxy' | 'hls') => void
  captions: readonly string[]
  caption: number
  onCaption: (caption: number) => void
  levels: ReactNode
  hasPicture: boolean
}

/** Everything under the picture; each button names its key. */
export function Controls(props: ControlsProps) {
  const { t } = useTranslation()
  const { transport } = props
  const speed = useStore(transport.state, (state) => state.speed)
  const muted = useStore(transport.state, (state) => state.muted || state.volume === 0)
  const volume = useStore(transport.state, (state) => state.volume)
  return (
    <div className="controls" role="group" aria-label={t('player.region')}>
      <Control icon={Rewind} label={t('player.backwards')} shortcut="J" pressed={speed < 0} onClick={() => transport.press('j')} wide />
      <Control icon={ChevronFirst} label={t('player.frameBack')} shortcut="←" onClick={() => transport.step(-1)} />
      <Control
        icon={speed === 0 ? Play : Pause}
        label={speed === 0 ? t('player.play') : t('player.pause')}
        shortcut="space"
        className="play"
        onClick={() => transport.toggle()}
      />
      <Control icon={ChevronLast} label={t('player.frameOn')} shortcut="→" onClick={() => transport.step(1)} />
      <Control icon={FastForward} label={t('player.forwards')} shortcut="L" pressed={speed > 1} onClick={() => transport.press('l')} wide />
      <TimecodeField transport={transport} typing={props.typing} onTyping={props.onTyping} />
      <span className="mono dimmer wide-only tc-length">/ {transport.clock.length(transport.clock.frames)}</span>
      {speed !== 0 && speed !== 1 && <span className="tag mono">{t('player.speed', { speed: speed < 0 ? `−${-speed}` : speed })}</span>}
      <span className="grow" />
      <InOut transport={transport} />
      <span className="gap" />
      {props.levels}
      <Control
        icon={muted ? VolumeX : Volume2}
        label={muted ? t('player.unmute') : t('player.mute')}
        shortcut="U"
        onClick={() => transport.setVolume(volume || 1, !muted)}
      />
      <input
        className="volume"
        type="range"
        min={0}
        max={1}
        step={0.05}
        value={muted ? 0 : volume}
        aria-label={t('player.volume')}
        onChange={(event) => transport.setVolume(Number(event.currentTarget.value), false)}
      />
      {props.captions.length > 0 && (
        <Choice
          icon={Captions}
          label={t('player.captions')}
          shortcut="C"
          options={[[-1, t('player.captionsOff')], ...props.captions.map((name, i) => [i, name] as const)]}
          value={props.caption}
          onChange={props.onCaption}
        />
      )}
      {props.sources.length > 1 && (
        <Choice
          icon={Settings2}
          label={t('player.source')}
          options={props.sources.map((source) => [source, t(`player.${source}`)] as const)}
          value={props.source}
          onChange={props.onSource}
        />
      )}
      {props.hasPicture && <Control icon={Frame} label={t('player.safe')} shortcut="A" pressed={props.safe} onClick={props.onSafe} wide />}
      <Control icon={MapPin} label={t('player.mark')} shortcut="M" onClick={props.onMark} />
      {props.onStill && <Control icon={Camera} label={t('player.still')} shortcut="P" onClick={props.onStill} />}
      <Control
        icon={props.isFull ? Shrink : Expand}
        label={props.isFull ? t('player.leaveFull') : t('player.full')}
        shortcut="F"
        onClick={props.onFull}
      />
    </div>
  )
}

type ControlProps = {
  icon: LucideIcon
  label: string
  shortcut: string
  onClick: () => void
  pressed?: boolean
  className?: string
  wide?: boolean
}

function Control({ icon: Icon, label, shortcut, onClick, pressed, className = '', wide }: ControlProps) {
  return (
    <Tooltip
      label={
        <>
          {label} <kbd>{shortcut}</kbd>
        </>
      }
    >
      <button
        className={`btn ghost icon ${className} ${wide ? 'wide-only' : ''}`}
        aria-label={label}
        {...(pressed === undefined ? {} : { 'aria-pressed': pressed })}
        onClick={onClick}
      >
        <Icon size={className === 'play' ? 19 : 16} fill={className === 'play' ? 'currentColor' : 'none'} />
      </button>
    </Tooltip>
  )
}

function Choice<T extends string | number>({
  icon: Icon,
  label,
  shortcut,
  options,
  value,
  onChange,
}: {
  icon: LucideIcon
  label: string
  shortcut?: string
  options: readonly (readonly [T, string])[]
  value: T
  onChange: (value: T) => void
}) {
  return (
    <Menu position="top-end">
      <Menu.Target>
        <button className="btn ghost icon player-choice" aria-label={label} title={shortcut ? `${label} (${shortcut})` : label}>
          <Icon size={16} />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{label}</Menu.Label>
        {options.map(([option, name]) => (
          <Menu.Item key={option} onClick={() => onChange(option)} rightSection={option === value ? <span className="dot run" /> : null}>
            {name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}

function InOut({ transport }: { transport: Transport }) {
  const { t } = useTranslation()
  const inFrame = useStore(transport.state, (state) => state.inFrame)
  const outFrame = useStore(transport.state, (state) => state.outFrame)
  if (inFrame === null && outFrame === null)
    return (
      <span className="row wide-only" style={{ gap: 4 }}>
        <button className="btn ghost icon" aria-label={t('player.setIn')} title={t('player.setIn')} onClick={() => transport.setIn()}>
          <kbd>I</kbd>
        </button>
        <button className="btn ghost icon" aria-label={t('player.setOut')} title={t('player.setOut')} onClick={() => transport.setOut()}>
          <kbd>O</kbd>
        </button>
      </span>
    )
  const { clock } = transport
  const length = (outFrame ?? clock.frames - 1) - (inFrame ?? 0) + 1
  return (
    <span className="row wide-only mono" style={{ gap: 4 }} aria-label={t('player.inOut')}>
      <span>{inFrame === null ? '–' : clock.label(inFrame)}</span>
      <span className="dimmer">→</span>
      <span>{outFrame === null ? '–' : clock.label(outFrame)}</span>
      <span className="tag">{clock.length(length)}</span>
      <button
        className="btn ghost icon small"
        aria-label={t('player.clear')}
        title={t('player.clear')}
        onClick={() => {
          transport.setIn(null)
          transport.setOut(null)
        }}
      >
        <X size={13} />
      </button>
    </span>
  )
}

import type { ReactNode } from 'react'
import type { AssetView } from '@capstan/contract/assets'
import type { AudioStream, Technical, VideoStream } from '@capstan/contract/technical'
import { useTranslation } from 'react-i18next'
import { bytes, count, fps } from '../../../lib/format.ts'
import { clockLabel } from '../../../lib/timecode.ts'
import { Facts, plainFacts } from './Facts.tsx'

const bitRate = (value: number | null): string | null =>
  value === null ? null : value >= 1e6 ? `${(value / 1e6).toFixed(1)} Mbit/s` : `${Math.round(value / 1000)} kbit/s`
const ratio = ({ num, den }: { num: number; den: number }): string => `${num}:${den}`
const duration = (us: number | null): string | null => (us === null ? null : clockLabel(us / 1e6))

/** What the essence is, stream by stream, each fact with its unit. */
export function TechnicalFacts({ asset }: { asset: AssetView }) {
  const { t } = useTranslation()
  const { technical } = asset
  if (!technical) return <p className="dimmer small">{t('asset.technical.none')}</p>
  return (
    <div className="technical">
      {technical.warnings.length > 0 && (
        <Section title={t('asset.technical.warnings')}>
          <ul className="small warnings">
            {technical.warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        </Section>
      )}
      <Format format={technical.format} />
      {technical.video.map((stream, i) => (
        <Video key={stream.index} stream={stream} n={i + 1} />
      ))}
      {technical.audio.map((stream, i) => (
        <Audio key={stream.index} stream={stream} n={i + 1} />
      ))}
      <Others technical={technical} />
    </div>
  )
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <h3 className="label">{title}</h3>
      {children}
    </section>
  )
}

function Format({ format }: { format: Technical['format'] }) {
  const { t } = useTranslation()
  const chosen = format.startTimecode
  const others = format.timecodes.filter((timecode) => timecode.label !== chosen?.label || timecode.source !== chosen.source)
  return (
    <Section title={t('asset.technical.format')}>
      <Facts
        facts={[
          [t('asset.technical.container'), `${format.container} · ${format.mediaType}`],
          [t('asset.technical.duration'), <span className="mono">{duration(format.durationUs)}</span>],
          [t('asset.technical.size'), `${bytes(format.sizeBytes)} (${count(format.sizeBytes)} B)`],
          [t('asset.technical.bitRate'), bitRate(format.bitRate)],
          chosen && [
            t('asset.technical.startTimecode'),
            <>
              <span className="mono">{chosen.label}</span> <span className="dimmer">{chosen.source}</span>
            </>,
          ],
          others.length > 0 && [t('asset.technical.otherTimecodes'), others.map(({ label, source }) => `${label} (${source})`).join(', ')],
        ]}
      />
      {Object.keys(format.tags).length > 0 && (
        <details className="small">
          <summary className="dimmer">{t('asset.technical.tags')}</summary>
          <Facts facts={Object.entries(format.tags)} />
        </details>
      )}
    </Section>
  )
}

function Video({ stream, n }: { stream: VideoStream; n: number }) {
  const { t } = useTranslation()
  const isCodedAsSeen = stream.width === stream.displayWidth && stream.height === stream.displayHeight
  const colour = [stream.colour.primaries, stream.colour.transfer, stream.colour.matrix].filter(Boolean)
  return (
    <Section title={t('asset.technical.video', { n })}>
      <Facts
        facts={[
          [t('asset.technical.codec'), [stream.codec, stream.profile, stream.level && `L${stream.level}`].filter(Boolean).join(' · ')],
          [t('asset.technical.picture'), `${stream.displayWidth} × ${stream.displayHeight}`],
          !isCodedAsSeen && [t('asset.technical.coded'), `${stream.width} × ${stream.height}, ${ratio(stream.sampleAspect)}`],
          [t('asset.technical.aspect'), ratio(stream.displayAspect)],
          stream.rate && [
            t('asset.technical.rate'),
            `${fps(stream.rate)} fps, ${stream.variableRate ? t('asset.technical.variable') : t('asset.technical.constant')}`,
          ],
          [
            t('asset.technical.frames'),
            stream.frameCount !== null &&
              `${count(stream.frameCount)}${stream.frameCountSource ? `, ${t(`asset.technical.sources.${stream.frameCountSource}`)}` : ''}`,
          ],
          [
            t('asset.technical.scan'),
            `${t(`asset.technical.scans.${stream.scan}`)}${stream.scanSource ? `, ${t(`asset.technical.sources.${stream.scanSource}`)}` : ''}`,
          ],
          [t('asset.technical.hdr'), stream.hdr],
          [
            t('asset.technical.colour'),
            [...new Set(colour), stream.colour.range && t(`asset.technical.range.${stream.colour.range}`)].filter(Boolean).join(' · '),
          ],
          [
            t('asset.technical.depth'),
            [stream.bitDepth && t('asset.technical.bits', { n: stream.bitDepth }), stream.chroma].filter(Boolean).join(', '),
          ],
          stream.rotation !== 0 && [t('asset.technical.rotation'), `${stream.rotation}°`],
          stream.alpha && [t('asset.technical.alpha'), t('common.yes')],
          stream.closedCaptions && [t('asset.technical.captions'), t('asset.technical.captionsInside')],
          [t('asset.technical.bitRate'), bitRate(stream.bitRate)],
          [t('asset.technical.language'), stream.language],
          [t('asset.technical.title'), stream.title],
        ].map((fact) => (Array.isArray(fact) && fact[1] === false ? null : (fact as [string, ReactNode] | false)))}
      />
    </Section>
  )
}

function Audio({ stream, n }: { stream: AudioStream; n: number }) {
  const { t } = useTranslation()
  return (
    <Section title={t('asset.technical.audio', { n })}>
      <Facts
        facts={[
          [t('asset.technical.codec'), [stream.codec, stream.profile].filter(Boolean).join(' · ')],
          [t('asset.technical.channels'), `${stream.channels}${stream.layout ? `, ${stream.layout}` : ''}`],
          [
            t('asset.technical.sampleRate'),
            `${stream.sampleRate / 1000} kHz${stream.bitDepth ? `, ${t('asset.technical.bits', { n: stream.bitDepth })}` : ''}`,
          ],
          [t('asset.technical.bitRate'), bitRate(stream.bitRate)],
          stream.startUs > 0 && [t('asset.technical.start'), duration(stream.startUs)],
          [t('asset.technical.language'), stream.language],
          [t('asset.technical.title'), stream.title],
        ]}
      />
    </Section>
  )
}

function Others({ technical }: { technical: Technical }) {
  const { t } = useTranslation()
  const { image, document } = technical
  return (
    <>
      {technical.text.map(({ index, codec, language, title, forced }, i) => (
        <Section key={index} title={t('asset.technical.text', { n: i + 1 })}>
          <Facts
            facts={[
              [t('asset.technical.codec'), codec],
              [t('asset.technical.language'), language],
              [t('asset.technical.title'), title],
              forced && [t('asset.technical.forced'), t('common.yes')],
            ]}
          />
        </Section>
      ))}
      {technical.data.map(({ index, codec, handler }, i) => (
        <Section key={index} title={t('asset.technical.data', { n: i + 1 })}>
          <Facts
            facts={[
              [t('asset.technical.codec'), codec],
              [t('asset.technical.handler'), handler],
            ]}
          />
        </Section>
      ))}
      {image && (
        <Section title={t('asset.technical.image')}>
          <Facts
            facts={[
              image.width !== null && [t('asset.technical.picture'), `${image.width} × ${image.height}`],
              [t('asset.technical.pages'), image.pages],
              ...plainFacts(image.exif),
            ]}
          />
        </Section>
      )}
      {document && (
        <Section title={t('asset.technical.document')}>
          <Facts
            facts={[
              [t('asset.technical.pages'), document.pages],
              [t('asset.technical.title'), document.title],
              [t('asset.technical.author'), document.author],
            ]}
          />
        </Section>
      )}
    </>
  )
}

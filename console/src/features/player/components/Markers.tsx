import type { MarkerView } from '@capstan/contract/assets'
import { X } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { InlineText } from '../../../components/InlineText.tsx'
import { tellError } from '../../../components/problem.ts'
import { exact } from '../../../lib/format.ts'
import { useStore } from '../../../lib/store.ts'
import { useMarkers, useMayChange, useRemoveMarker, useRewordMarker } from '../api/markers.ts'
import type { Transport } from '../api/transport.ts'

type Props = { assetId: string; transport: Transport }

/** Remarks at frames, of everybody; one's own can be reworded and removed. */
export function Markers({ assetId, transport }: Props) {
  const { t } = useTranslation()
  const markers = useMarkers(assetId)
  const mayChange = useMayChange()
  return (
    <section aria-label={t('player.marks')}>
      <h3 className="label">{t('player.marks')}</h3>
      {markers.length === 0 && <p className="small dimmer">{t('player.noMarks')}</p>}
      {markers.map((marker) => (
        <Row key={marker.id} marker={marker} transport={transport} changes={mayChange(marker)} />
      ))}
    </section>
  )
}

function Row({ marker, transport, changes }: { marker: MarkerView; transport: Transport; changes: boolean }) {
  const { t } = useTranslation()
  const reword = useRewordMarker(marker.assetId)
  const remove = useRemoveMarker(marker.assetId)
  const here = useStore(transport.state, ({ frame }) => frame === marker.index)
  const at = transport.clock.label(marker.index)
  return (
    <div className="marker" aria-current={here}>
      <button
        className="btn ghost mono"
        aria-label={t('player.goToMark', { at })}
        onClick={() => {
          transport.stop()
          transport.seek(marker.index)
        }}
      >
        {at}
      </button>
      {changes ? (
        <InlineText
          value={reword.isPending ? reword.variables.text : marker.text}
          label={t('player.markText', { at })}
          placeholder={t('player.markPlaceholder')}
          maxLength={2_000}
          onSave={(text) => reword.mutate({ marker, text }, { onError: tellError })}
        />
      ) : (
        <span className="grow cut" dir="auto" title={marker.text}>
          {marker.text}
        </span>
      )}
      <span className="small dimmer cut author" dir="auto" title={`${marker.createdBy}, ${exact(marker.createdAt)}`}>
        {marker.createdBy}
      </span>
      {changes && (
        <button
          className="btn ghost icon small"
          aria-label={t('player.removeMark', { at })}
          onClick={() => remove.mutate(marker.id, { onError: tellError })}
        >
          <X size={14} />
        </button>
      )}
    </div>
  )
}

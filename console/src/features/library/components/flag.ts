import type { AssetSummary } from '@capstan/contract/assets'
import { useTranslation } from 'react-i18next'

export type TileFlag = { word: string; tone: 'bad' | 'warn' | '' }

/** The one flag of a tile: what is wrong before what is special. */
export function useTileFlag({ work, flags, facts }: AssetSummary): TileFlag | null {
  const { t } = useTranslation()
  if (flags.includes('purged')) return { word: t('library.flag.purged'), tone: '' }
  if (work?.status === 'failed') return { word: t('library.tile.failed'), tone: 'bad' }
  if (work && work.warnings > 0) return { word: t('library.tile.warnings', { count: work.warnings }), tone: 'warn' }
  if (work?.status === 'paused') return { word: t('library.tile.paused'), tone: '' }
  if (flags.includes('locked')) return { word: t('library.flag.locked'), tone: '' }
  const hdr = facts.find((fact) => /HDR|HLG|PQ|Dolby Vision/.test(fact))
  if (hdr) return { word: hdr.length > 14 ? 'HDR' : hdr, tone: '' }
  if (flags.includes('published')) return { word: t('library.flag.published'), tone: '' }
  return null
}

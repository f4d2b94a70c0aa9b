import type { AssetKind } from '@capstan/contract/assets'
import { AudioLines, File, FileQuestion, FileText, Film, Image, type LucideIcon } from 'lucide-react'

const ICONS: Record<AssetKind, LucideIcon> = {
  video: Film,
  audio: AudioLines,
  image: Image,
  document: FileText,
  other: File,
  unknown: FileQuestion,
}

export function KindIcon({ kind, size }: { kind: AssetKind; size: number }) {
  const Icon = ICONS[kind]
  return <Icon size={size} strokeWidth={1.3} aria-hidden />
}

import { useClipboard } from '@mantine/hooks'
import { Check, Copy } from 'lucide-react'
import { useTranslation } from 'react-i18next'

/** Shows a short form of a text, or only the word, and copies the whole. */
export function CopyButton({ text, label }: { text: string; label?: string }) {
  const { t } = useTranslation()
  const { copied, copy } = useClipboard()
  return (
    <button className="copy mono" title={text} onClick={() => copy(text)}>
      <span className={label ? 'sr-only' : ''}>{t('common.copy')} </span>
      {label && <span className="cut">{label}</span>}
      {copied ? <Check size={12} /> : <Copy size={12} />}
    </button>
  )
}

import { ago, exact } from '../lib/format.ts'
import { useNow } from '../lib/use-now.ts'

/** A moment as people say it; exact on hover. */
export function Ago({ at, className }: { at: string; className?: string }) {
  const now = useNow(20_000)
  return (
    <time dateTime={at} title={exact(at)} className={className}>
      {ago(at, now)}
    </time>
  )
}

import { useCallback } from 'react'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { DetailPanel } from '../features/assets/components/DetailPanel.tsx'
import { LibraryView } from '../features/library/components/LibraryView.tsx'
import type { LibrarySearch } from '../features/library/api/library.ts'

export function LibraryPage() {
  const wanted = useSearch({ from: '/frame/assets' })
  const navigate = useNavigate({ from: '/assets' })
  const onWanted = useCallback(
    (change: LibrarySearch) => void navigate({ search: (now) => ({ ...now, ...change }), replace: change.q !== undefined }),
    [navigate],
  )
  return (
    <LibraryView
      wanted={wanted}
      onWanted={onWanted}
      onOpen={({ number }) => void navigate({ to: '/assets/$number', params: { number: String(number) } })}
      detail={(asset, selected, editing) => <DetailPanel asset={asset} selected={selected} editing={editing} />}
    />
  )
}

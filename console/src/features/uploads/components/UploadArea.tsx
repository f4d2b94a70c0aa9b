import type { ReactNode } from 'react'
export function UploadArea({ children }: { children: ReactNode }) {
  return children
}

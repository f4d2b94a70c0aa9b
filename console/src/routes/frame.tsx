import { Outlet } from '@tanstack/react-router'
import { Frame } from '../features/shell/components/Frame.tsx'
import { UploadArea } from '../features/uploads/components/UploadArea.tsx'

export function FramePage() {
  return (
    <Frame>
      <UploadArea>
        <Outlet />
      </UploadArea>
    </Frame>
  )
}

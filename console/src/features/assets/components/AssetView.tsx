import { useEffect, type ReactNode } from 'react'
import { Tabs } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import type { AssetView as Asset } from '@capstan/contract/assets'
import { Group, Panel, Separator, useDefaultLayout } from 'react-resizable-panels'
import { useTranslation } from 'react-i18next'
import { useAssetRights } from '../api/assets.ts'
import { DescribeForm } from './DescribeForm.tsx'
import { History } from './History.tsx'
import { Origin } from './Origin.tsx'
import { Renditions } from './Renditions.tsx'
import { TechnicalFacts } from './Technical.tsx'
import './assets.css'

export const TABS = ['describe', 'technical', 'renditions', 'history'] as const
export type Tab = (typeof TABS)[number]

type Props = { asset: Asset; bar: ReactNode; stage: ReactNode; clips: ReactNode; tab: Tab; onTab: (tab: Tab) => void }

/** The stage at the left, what we know at the right; on a phone one under the other. */
export function AssetView({ asset, bar, stage, clips, tab, onTab }: Props) {
  const { t } = useTranslation()
  const wide = useMediaQuery('(min-width: 701px)', true, { getInitialValueInEffect: false })
  const layout = useDefaultLayout({ id: 'capstan.asset', panelIds: ['stage', 'about'], storage: localStorage })
  useEffect(() => {
    document.title = `${asset.name} · Capstan`
    return () => {
      document.title = 'Capstan'
    }
  }, [asset.name])
  const about = <About asset={asset} clips={clips} tab={tab} onTab={onTab} />
  return (
    <div className="page asset-page">
      <header className="page-bar">{bar}</header>
      {wide ? (
        <Group
          orientation="horizontal"
          defaultLayout={layout.defaultLayout}
          onLayoutChanged={layout.onLayoutChanged}
          style={{ minHeight: 0 }}
        >
          <Panel id="stage" minSize={360}>
            {stage}
          </Panel>
          <Separator className="separator" aria-label={t('common.resize')} />
          <Panel id="about" defaultSize={330} minSize={240} maxSize={640} groupResizeBehavior="preserve-pixel-size">
            {about}
          </Panel>
        </Group>
      ) : (
        <div className="asset-phone">
          <div className="stage">{stage}</div>
          {about}
        </div>
      )}
    </div>
  )
}

function About({ asset, clips, tab, onTab }: Omit<Props, 'stage' | 'bar'>) {
  const { t } = useTranslation()
  const { edits } = useAssetRights()
  return (
    <aside className="asset-side" aria-label={t('asset.tabs.label')}>
      <Tabs value={tab} onChange={(value) => onTab((value as Tab | null) ?? 'describe')} keepMounted={false}>
        <Tabs.List px={4}>
          {TABS.map((name) => (
            <Tabs.Tab key={name} value={name}>
              {t(`asset.tabs.${name}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
      </Tabs>
      <div className="asset-side-body" tabIndex={0} role="region" aria-label={t(`asset.tabs.${tab}`)}>
        {tab === 'describe' && (
          <div className="technical">
            <DescribeForm key={asset.id} asset={asset} edits={edits && !asset.flags.includes('deleted')} />
            {clips}
            <Origin asset={asset} />
          </div>
        )}
        {tab === 'technical' && <TechnicalFacts asset={asset} />}
        {tab === 'renditions' && <Renditions asset={asset} />}
        {tab === 'history' && <History assetId={asset.id} />}
      </div>
    </aside>
  )
}

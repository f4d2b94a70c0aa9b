import { useEffect, useRef, useState } from 'react'
import { TagsInput, Textarea, TextInput } from '@mantine/core'
import { ApiError } from '@capstan/contract/client'
import type { AssetView } from '@capstan/contract/assets'
import { useTranslation } from 'react-i18next'
import { messageOf } from '../../../components/problem.ts'
import { freshAsset, useChangeAsset } from '../api/assets.ts'
import { Conflict } from './Conflict.tsx'

type Draft = { name: string; description: string; tags: string[] }

const draftOf = ({ name, description, tags }: AssetView): Draft => ({ name, description, tags })
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** What of the draft differs from what was read. */
function changed(draft: Draft, base: Draft): Partial<Draft> {
  return Object.fromEntries(Object.entries(draft).filter(([field, value]) => !same(value, base[field as keyof Draft])))
}

/** The descriptive fields, saved as one leaves each. Somebody else's change in the meantime is shown beside ours, never overwritten unseen. */
export function DescribeForm({ asset, edits, focus = 0 }: { asset: AssetView; edits: boolean; focus?: number }) {
  const { t } = useTranslation()
  const [base, setBase] = useState(asset)
  const [draft, setDraft] = useState(() => draftOf(asset))
  const [theirs, setTheirs] = useState<AssetView | null>(null)
  const name = useRef<HTMLInputElement>(null)
  const save = useChangeAsset()
  // What others change shows at once in fields that are not being edited here.
  if (asset.revision > base.revision && !save.isPending && !theirs) {
    const mine = changed(draft, draftOf(base))
    setBase(asset)
    setDraft({ ...draftOf(asset), ...mine })
  }
  useEffect(() => {
    if (focus > 0) name.current?.select()
  }, [focus])

  const submit = (next: Draft, on: AssetView = base) => {
    const change = changed(next, draftOf(on))
    if (Object.keys(change).length === 0 || !next.name.trim() || !edits) return
    save.mutate(
      { asset: on, change },
      {
        onSuccess: (saved) => {
          setBase(saved)
          setDraft((now) => ({ ...draftOf(saved), ...changed(now, next) }))
          setTheirs(null)
        },
        onError: (error) => {
          if (error instanceof ApiError && error.status === 412) void freshAsset(on.id).then(setTheirs)
        },
      },
    )
  }
  const set = (part: Partial<Draft>) => setDraft({ ...draft, ...part })
  const stale = save.error instanceof ApiError && save.error.status === 412

  return (
    <form
      className="describe"
      onSubmit={(event) => {
        event.preventDefault()
        submit(draft)
      }}
    >
      {theirs && (
        <Conflict
          theirs={theirs}
          mine={changed(draft, draftOf(base))}
          onKeepTheirs={() => {
            setBase(theirs)
            setDraft(draftOf(theirs))
            setTheirs(null)
            save.reset()
          }}
          onUseMine={() => {
            const next = { ...draftOf(theirs), ...changed(draft, draftOf(base)) }
            setBase(theirs)
            setDraft(next)
            submit(next, theirs)
          }}
        />
      )}
      <TextInput
        ref={name}
        label={t('asset.field.name')}
        value={draft.name}
        readOnly={!edits}
        dir="auto"
        maxLength={500}
        error={draft.name.trim() ? null : t('asset.field.required')}
        onChange={(event) => set({ name: event.currentTarget.value })}
        onBlur={() => submit(draft)}
      />
      <Textarea
        label={t('asset.field.description')}
        value={draft.description}
        readOnly={!edits}
        dir="auto"
        autosize
        minRows={3}
        maxRows={14}
        onChange={(event) => set({ description: event.currentTarget.value })}
        onBlur={() => submit(draft)}
      />
      <TagsInput
        label={t('asset.field.tags')}
        placeholder={edits && draft.tags.length === 0 ? t('asset.field.tagsHint') : ''}
        value={draft.tags}
        readOnly={!edits}
        splitChars={[',']}
        acceptValueOnBlur
        maxTags={200}
        onChange={(tags) => {
          set({ tags })
          submit({ ...draft, tags })
        }}
      />
      <p className="small dimmer" role="status">
        {!edits
          ? asset.flags.includes('deleted')
            ? t('asset.inBin')
            : t('asset.field.readOnly')
          : save.isPending
            ? t('asset.save.saving')
            : save.error && !stale
              ? t('asset.save.failed', { reason: messageOf(save.error) ?? '' })
              : save.isSuccess
                ? t('asset.save.saved')
                : ' '}
      </p>
    </form>
  )
}

import { Checkbox } from '@mantine/core'
import { RIGHTS, type Right } from '@capstan/contract/rights'
import { useTranslation } from 'react-i18next'

/** One box a right: they are separate on purpose. */
export function RightsField({
  label,
  value,
  allowed = RIGHTS,
  onChange,
}: {
  label: string
  value: readonly Right[]
  allowed?: readonly Right[]
  onChange: (rights: Right[]) => void
}) {
  const { t } = useTranslation()
  return (
    <fieldset style={{ border: 0, margin: 0, padding: 0 }}>
      <legend className="small dimmer" style={{ padding: 0, marginBottom: 6 }}>
        {label}
      </legend>
      <div className="rights">
        {allowed.map((right) => (
          <Checkbox
            key={right}
            label={t(`common.rights.${right}`)}
            checked={value.includes(right)}
            onChange={(event) => onChange(event.currentTarget.checked ? [...value, right] : value.filter((known) => known !== right))}
          />
        ))}
      </div>
    </fieldset>
  )
}

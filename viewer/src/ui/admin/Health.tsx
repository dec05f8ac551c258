// How the server is doing: each row says what it means and what to do.
import { CircleCheck, CircleX, TriangleAlert } from 'lucide'

import { known, t } from '../../i18n'
import * as admin from '../../session/admin'
import type { Check } from '../../session/admin'
import { Icon } from '../kit/Icon'
import { duration, stamp } from '../words'
import { LoadState, Table, useLoaded } from './parts'

const EVERY_MS = 10_000
const ICONS = { ok: CircleCheck, warn: TriangleAlert, bad: CircleX }
const TONES = { ok: 'ok', warn: 'amber', bad: 'danger' }

export function Health() {
  const loaded = useLoaded(admin.health, [], EVERY_MS)
  return (
    <>
      <LoadState loaded={loaded} />
      {loaded.data && (
        <Table columns={[t('admin.health.check'), t('admin.health.state'), t('admin.health.words')]}>
          {loaded.data.map((check) => (
            <tr key={check.name}>
              <th scope="row">{words(check, 'name')}</th>
              <td>
                <span class={`health ${TONES[check.level]}`}>
                  <Icon of={ICONS[check.level]} /> {t(`admin.health.${check.level}`)}
                </span>
              </td>
              <td>{words(check, special(check) ?? check.level)}</td>
            </tr>
          ))}
        </Table>
      )}
    </>
  )
}

/** Other words than those of the level: never made, not wanted, or as the server says. */
function special({ values }: Check): string | undefined {
  if (typeof values['special'] === 'string') return values['special']
  if (values['days'] === -1) return 'never'
  return values['port'] === 0 ? 'off' : undefined
}

/** A check of tomorrow's server has no words yet: its figures then. */
function words({ name, values }: Check, part: string): string {
  const key = `admin.health.${name}.${part}`
  if (!known(key)) return part === 'name' ? name : JSON.stringify(values)
  const up = typeof values['up_s'] === 'number' ? duration(values['up_s']) : ''
  const since = typeof values['since_unix_ms'] === 'number' ? stamp(values['since_unix_ms']) : ''
  return t(key, { ...values, up, since })
}

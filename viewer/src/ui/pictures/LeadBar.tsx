// Who leads, always in sight; and what I can do about it: ask, let, take back, give back, look on my own.
import { Crown, Eye, EyeOff, Hand, Hourglass, TriangleAlert } from 'lucide'
import type { IconNode } from 'lucide'
import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'

import { askLead, giveLead, returnLead, takeLead } from '../../app/lead'
import { followLeader, lookOnMyOwn } from '../../app/looking'
import { t } from '../../i18n'
import { audience, leadRights } from '../../session/folder'
import type { LeadRights } from '../../session/folder'
import * as store from '../../session/store'
import type { View } from '../../session/view'
import type { ParticipantId, Presence, Showing, ShowingState } from '../../session/wire.gen'
import { Button } from '../kit/Button'
import { Icon } from '../kit/Icon'
import { Menu } from '../kit/Menu'
import { Strip } from '../kit/Strip'
import './words'

/** "Not now" is mine alone: the wire has no word for it, and the request stays until somebody else leads. */
const notNow = signal<readonly ParticipantId[]>([])

export function LeadBar({ view }: { view: View }) {
  const rights = leadRights(view)
  return (
    <section class="lead-bar" aria-label={t('pictures.lead.name')}>
      <Requests rights={rights} />
      <div class="lead-line">
        <p class={`lead-who${rights.leading ? ' mine' : ''}`}>
          <Icon of={Crown} />
          <span class="one-line">{leaderWords(rights)}</span>
        </p>
        {!rights.leading && <Mode />}
        <LeadButtons rights={rights} />
      </div>
      {rights.leading ? <Audience view={view} /> : <OwnNote />}
    </section>
  )
}

export function leaderWords({ leading, leader }: LeadRights): string {
  if (leading) return t('pictures.lead.me')
  return leader ? t('pictures.lead.other', { name: leader.person.name }) : t('pictures.lead.nobody')
}

function LeadButtons({ rights }: { rights: LeadRights }) {
  const { asked, mayAsk, mayTake, mayReturn, grantable } = rights
  return (
    <div class="lead-buttons">
      {mayTake && (
        <Button icon={Hand} tone="primary" label={t('pictures.lead.take')} onPress={() => void takeLead()}>
          {t('pictures.lead.take_short')}
        </Button>
      )}
      <Grant seats={grantable} />
      {mayAsk && (
        <Button icon={Hand} onPress={() => void askLead()}>
          {t('pictures.lead.ask')}
        </Button>
      )}
      {asked && (
        <p class="quiet small lead-asked">
          <Icon of={Hourglass} size={16} />
          {t('pictures.lead.asked')}
        </p>
      )}
      {mayReturn && (
        <Button icon={Hand} label={t('pictures.lead.return')} onPress={() => void returnLead()}>
          {t('pictures.lead.return_short')}
        </Button>
      )}
    </div>
  )
}

/** One other: one press. Several: a menu. */
function Grant({ seats }: { seats: readonly Presence[] }) {
  const [only] = seats
  if (!only) return null
  if (seats.length === 1) {
    return (
      <Button icon={Crown} onPress={() => void giveLead(only.participant)}>
        {t('pictures.lead.give', { name: only.person.name })}
      </Button>
    )
  }
  const items = seats.map(({ participant, person: { name } }) => ({
    id: String(participant),
    words: t('pictures.lead.give', { name }),
    icon: Crown,
    act: () => void giveLead(participant),
  }))
  return <Menu label={t('pictures.lead.give_menu')} icon={Crown} items={items} />
}

function Requests({ rights: { asking } }: { rights: LeadRights }) {
  const there = asking.map((seat) => seat.participant)
  useEffect(() => {
    notNow.value = notNow.peek().filter((one) => there.includes(one))
  }, [there.join(' ')])
  const open = asking.filter((seat) => !notNow.value.includes(seat.participant))
  return (
    <>
      {open.map(({ participant, person: { name } }) => (
        <Strip key={participant} tone="info" words={t('pictures.lead.wants', { name })}>
          <Button onPress={() => (notNow.value = [...notNow.peek(), participant])}>{t('pictures.lead.not_now')}</Button>
          <Button tone="primary" onPress={() => void giveLead(participant)}>
            {t('pictures.lead.grant')}
          </Button>
        </Strip>
      ))}
    </>
  )
}

function Mode() {
  return (
    <fieldset class="lead-mode">
      <legend class="spoken">{t('pictures.lead.mode')}</legend>
      <div class="choices">
        {[true, false].map((follow) => (
          <label key={String(follow)} class="choice">
            <input
              type="radio"
              name="looking"
              checked={store.following.value === follow}
              onChange={follow ? followLeader : lookOnMyOwn}
            />
            <span>{follow ? t('pictures.lead.follow') : t('pictures.lead.own')}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}

function OwnNote() {
  if (store.following.value) return null
  return (
    <p class="small own-note" role="status">
      <Icon of={EyeOff} size={16} />
      {t('pictures.lead.own_note')}
    </p>
  )
}

const SIGNS: Record<Showing, IconNode> = {
  shown: Eye,
  cpu_only: Eye,
  own: EyeOff,
  loading: Hourglass,
  unsupported: TriangleAlert,
  lost: TriangleAlert,
}

/** Who really looks at what I show. */
function Audience({ view }: { view: View }) {
  return (
    <ul class="audience" aria-label={t('pictures.lead.audience')}>
      {audience(view).map(({ seat, showing }) => (
        <li key={seat.participant} class={`showing ${showing.showing}`}>
          <Icon of={SIGNS[showing.showing]} size={16} />
          <span class="one-line">{`${seat.person.name}: ${showingWords(showing)}`}</span>
        </li>
      ))}
    </ul>
  )
}

function showingWords({ showing, behind }: ShowingState): string {
  if (showing === 'loading' && behind > 0) return t('pictures.showing.loading_count', { count: behind })
  return t(`pictures.showing.${showing}`)
}

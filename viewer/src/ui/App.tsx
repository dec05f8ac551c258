// Which page is shown, its ground (dark for clinical pages), its title, and what is said to screen readers.
import type { ComponentType } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

import { announce } from '../app/tell'
import { known, language, t } from '../i18n'
import * as store from '../session/store'
import type { Page } from '../session/store'
import { After } from './after/After'
import { CallPage } from './call/CallPage'
import { later } from './kit/Later'
import { Lobby } from './lobby/Lobby'
import { FloatingNotice } from './Notice'
import { Loading, Replaced, Unsupported } from './Plain'
import { Incoming } from './ringing/Incoming'
import { Ringing } from './ringing/Ringing'
import { SignIn } from './signin/SignIn'

const PAGES: Record<Page, ComponentType> = {
  loading: Loading,
  unsupported: Unsupported,
  replaced: Replaced,
  sign_in: SignIn,
  lobby: Lobby,
  consultations: later(() => import('./opinion/ListPage').then((part) => part.ListPage)),
  consultation: later(() => import('./opinion/ConsultationPage').then((part) => part.ConsultationPage)),
  ringing: Ringing,
  incoming: Incoming,
  call: CallPage,
  after: After,
  admin: later(() => import('./admin/Admin').then((part) => part.Admin)),
  grants: later(() => import('./grants/GrantsPage').then((part) => part.GrantsPage)),
  patient: later(() => import('./grants/PatientPage').then((part) => part.PatientPage)),
  replay: later(() => import('../replay/ReplayPage').then((part) => part.ReplayPage)),
  replays: later(() => import('../replay/ReplayList').then((part) => part.ReplayList)),
  review: later(() => import('../review/ReviewPage').then((part) => part.ReviewPage)),
  timeline: later(() => import('./timeline/TimelinePage').then((part) => part.TimelinePage)),
}
const DARK: readonly Page[] = ['ringing', 'incoming', 'call', 'replay']

/** These pages show a notice where it belongs: at the form. */
const OWN_PLACE: readonly Page[] = ['sign_in', 'lobby']

function nameOf(page: Page): string {
  return known(`page.${page}`) ? t(`page.${page}`) : ''
}

export function App() {
  const page = store.page.value
  const Shown = PAGES[page]
  useEffect(() => {
    document.documentElement.className = DARK.includes(page) ? 'dark' : 'light'
    document.title = [nameOf(page), t('app.name')].filter(Boolean).join(' · ')
  }, [page, language.value])
  const first = useRef(true)
  useEffect(() => {
    // A browser reads the title of a page it loads; this page changes without being loaded.
    if (!first.current && nameOf(page)) announce(nameOf(page))
    first.current = page === 'loading'
  }, [page])
  return (
    <>
      <Shown />
      {!OWN_PLACE.includes(page) && <FloatingNotice />}
      <div class="spoken" aria-live="polite" aria-relevant="additions">
        {store.announcements.value.map(({ id, words }) => (
          <p key={id}>{words}</p>
        ))}
      </div>
    </>
  )
}

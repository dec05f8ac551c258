// The administrator's page: tables with search, one tab for each thing there is to look after.
import * as tabs from '@zag-js/tabs'
import { normalizeProps, useMachine } from '@zag-js/preact'
import { ChartColumn } from 'lucide'
import { useId, useState } from 'preact/hooks'

import { learn, t } from '../../i18n'
import en from '../../locales/admin/en.json'
import zh from '../../locales/admin/zh-CN.json'
import * as store from '../../session/store'
import { Button } from '../kit/Button'
import { StoppingStrip } from '../kit/StoppingStrip'
import { Strip } from '../kit/Strip'
import { TopBar } from '../TopBar'
import { Accounts } from './Accounts'
import '../styles/table.css'
import './admin.css'
import { Health } from './Health'
import { Institutions } from './Institutions'
import { Keeping } from './Keeping'
import { DoneLine } from './parts'
import { Rota } from './Rota'
import { Running } from './Running'

learn('admin', { en, 'zh-CN': zh })

const TABS = {
  institutions: Institutions,
  accounts: Accounts,
  rota: Rota,
  running: Running,
  keeping: Keeping,
  health: Health,
} as const
type Tab = keyof typeof TABS
const KEPT_KEY = 'sefaw.admin' // in sessionStorage: back from a timeline, the same tab is shown

export function Admin() {
  const [tab, setTab] = useState<Tab>(keptTab)
  const service = useMachine(tabs.machine, {
    id: useId(),
    value: tab,
    onValueChange: ({ value }) => {
      sessionStorage.setItem(KEPT_KEY, value)
      setTab(value as Tab)
    },
  })
  const api = tabs.connect(service, normalizeProps)
  const Shown = TABS[tab]
  return (
    <div class="page">
      <TopBar person />
      <main class="admin" {...api.getRootProps()}>
        <div class="table-tools">
          <h1>{t('admin.title')}</h1>
          <Button icon={ChartColumn} onPress={() => (store.review.value = 'dashboard')}>
            {t('lobby.figures')}
          </Button>
        </div>
        {store.linkStatus.value === 'waiting' && <Strip tone="warn" words={t('error.disconnected')} />}
        <StoppingStrip where="lobby" />
        <div {...api.getListProps()} class="admin-tabs">
          {(Object.keys(TABS) as Tab[]).map((name) => (
            <button key={name} {...api.getTriggerProps({ value: name })} class="tab">
              {t(`admin.tabs.${name}`)}
            </button>
          ))}
        </div>
        <div {...api.getContentProps({ value: tab })} class="admin-panel">
          <Shown />
        </div>
      </main>
      <DoneLine />
    </div>
  )
}

function keptTab(): Tab {
  const kept = sessionStorage.getItem(KEPT_KEY) ?? ''
  return kept in TABS ? (kept as Tab) : 'institutions'
}

// Top of the light pages: what this is, who I am, the other language.
import { LogOut } from 'lucide'

import { signOut } from '../app/lobby'
import { t } from '../i18n'
import * as store from '../session/store'
import { Button } from './kit/Button'
import { LanguageSwitch } from './kit/LanguageSwitch'

export function TopBar({ person = false }: { person?: boolean }) {
  const me = store.me.value
  return (
    <header class={person ? 'top-bar personal' : 'top-bar'}>
      <p class="brand">
        <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
          <rect width="32" height="32" rx="8" />
          <path d="M6 17h5l3-8 4 14 3-6h5" />
        </svg>
        <strong>{t('app.name')}</strong>
        <span class="quiet wide-only">{t('app.tagline')}</span>
      </p>
      {person && me && (
        <p class="who">
          <strong>{me.name}</strong>
          <span class="quiet wide-only">{`${t(`role.${me.role}`)} · ${me.site}`}</span>
        </p>
      )}
      <LanguageSwitch />
      {person && (
        <Button tone="plain" icon={LogOut} label={t('sign_out')} onPress={() => void signOut()}>
          <span class="wide-only">{t('sign_out')}</span>
        </Button>
      )}
    </header>
  )
}

// Sign in. Remembers the institution of the last person here, not the person.
import { useState } from 'preact/hooks'

import { signIn } from '../../app/lobby'
import { t } from '../../i18n'
import * as store from '../../session/store'
import { Button } from '../kit/Button'
import { Notice } from '../Notice'
import { TopBar } from '../TopBar'

const SITE_KEY = 'sefaw.site'

export function rememberSite(site: string): void {
  localStorage.setItem(SITE_KEY, site)
}

export function SignIn() {
  const [user, setUser] = useState('')
  const [password, setPassword] = useState('')
  const busy = store.busy.value === 'sign_in'
  const submit = (event: Event): void => {
    event.preventDefault()
    void signIn(user.trim(), password)
  }
  return (
    <div class="page">
      <TopBar />
      <main class="centred">
        <form class="card sign-in" onSubmit={submit}>
          <h1>{t('sign_in.title')}</h1>
          <p class="quiet">{localStorage.getItem(SITE_KEY) ?? t('app.tagline')}</p>
          <label class="field">
            <span>{t('sign_in.user')}</span>
            <input
              name="user"
              autocomplete="username"
              autocapitalize="none"
              spellcheck={false}
              required
              autoFocus
              value={user}
              onInput={(event) => setUser(event.currentTarget.value)}
            />
          </label>
          <label class="field">
            <span>{t('sign_in.password')}</span>
            <input
              name="password"
              type="password"
              autocomplete="current-password"
              required
              value={password}
              onInput={(event) => setPassword(event.currentTarget.value)}
            />
          </label>
          <Notice />
          <Button tone="primary" size="large" type="submit" busy={busy}>
            {busy ? t('sign_in.busy') : t('sign_in.submit')}
          </Button>
          <p class="quiet small">{t('sign_in.forgot')}</p>
        </form>
      </main>
    </div>
  )
}

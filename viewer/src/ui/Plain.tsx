// Pages with nothing but words: starting, browser too old, continued elsewhere.
import { leaveItThere, takeBack } from '../app/people'
import { t } from '../i18n'
import * as store from '../session/store'
import { Button } from './kit/Button'
import { TopBar } from './TopBar'

export function Loading() {
  return (
    <div class="page">
      <TopBar />
      <main class="centred">
        <p class="quiet">{t('loading.title')}</p>
      </main>
    </div>
  )
}

export function Unsupported() {
  const insecure = store.unsupported.value.includes('https')
  return (
    <div class="page">
      <TopBar />
      <main class="centred">
        <div class="card words">
          <h1>{t(insecure ? 'unsupported.insecure_title' : 'unsupported.title')}</h1>
          <p>{t(insecure ? 'unsupported.insecure' : 'unsupported.help')}</p>
          <small class="code">{t('unsupported.missing', { what: store.unsupported.value.join(', ') })}</small>
        </div>
      </main>
    </div>
  )
}

export function Replaced() {
  return (
    <div class="page">
      <TopBar />
      <main class="centred">
        <div class="card words">
          <h1>{t('replaced.title')}</h1>
          <p>{t('replaced.help')}</p>
          <Button tone="primary" size="large" onPress={takeBack}>
            {t('replaced.here')}
          </Button>
          <Button size="large" onPress={leaveItThere}>
            {t('replaced.leave')}
          </Button>
        </div>
      </main>
    </div>
  )
}

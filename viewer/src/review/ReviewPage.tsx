// The quality review: the worklist, one consultation, the results of my own, the dashboard.
import { ArrowLeft } from 'lucide'
import type { ComponentChildren } from 'preact'

import { language, learn, t } from '../i18n'
import en from '../locales/review/en.json'
import zh from '../locales/review/zh-CN.json'
import * as store from '../session/store'
import { Button } from '../ui/kit/Button'
import { TopBar } from '../ui/TopBar'
import '../ui/styles/table.css'
import { BookPage } from './BookPage'
import { Dashboard } from './Dashboard'
import { Results } from './Results'
import './review.css'
import { WorkList } from './WorkList'

learn('review', { en, 'zh-CN': zh })

export function ReviewPage() {
  void language.value
  const part = store.review.value
  switch (part) {
    case 'work':
      return (
        <Frame title={t('review.work.title')} back="">
          <WorkList />
        </Frame>
      )
    case 'results':
      return (
        <Frame title={t('review.results.title')} back="">
          <Results />
        </Frame>
      )
    case 'dashboard':
      return (
        <Frame title={t('review.dashboard.title')} back="">
          <Dashboard />
        </Frame>
      )
    default:
      return (
        <Frame title={t('review.case.title')} back="work">
          <BookPage key={part} consultation={part} />
        </Frame>
      )
  }
}

/** `back`: where one step back leads. */
function Frame({ title, back, children }: { title: string; back: '' | 'work'; children: ComponentChildren }) {
  return (
    <div class="page">
      <TopBar person />
      <main class="review">
        <header class="case-head">
          <Button icon={ArrowLeft} autoFocus onPress={() => (store.review.value = back)}>
            {t(back ? 'review.work.title' : 'after.back')}
          </Button>
          <h1>{title}</h1>
        </header>
        {children}
      </main>
    </div>
  )
}

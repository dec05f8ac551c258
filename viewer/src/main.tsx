// The page starts here.
import { render } from 'preact'

import './tokens.css'
import './ui/styles/base.css'
import './ui/styles/kit.css'
import './ui/styles/overlay.css'
import './ui/styles/light.css'
import './ui/styles/ringing.css'
import './ui/styles/call.css'
import './ui/styles/rail.css'
import './ui/styles/phone.css'
import './ui/styles/stage-only.css'
import { start } from './app/start'
import { exposeDiagnostics } from './diagnostics'
import { startWords } from './i18n'
import { App } from './ui/App'

await startWords()
const place = document.getElementById('app')
if (place) render(<App />, place)
exposeDiagnostics()
void start()

// Getting the attention of somebody who looks elsewhere: a flashing title, a notification. No patient's name leaves
// the page: a notification shows on a locked screen.

/** Flashes the title until the returned function is called. */
export function flashTitle(words: string): () => void {
  const usual = document.title
  let on = false
  const timer = setInterval(() => {
    on = !on
    document.title = on ? words : usual
  }, 1_000)
  document.title = words
  return () => {
    clearInterval(timer)
    document.title = usual
  }
}

/** Ask once, from a press. A refusal is fine: title and sound remain. */
export function askToNotify(): void {
  if (typeof Notification !== 'undefined' && Notification.permission === 'default') {
    void Notification.requestPermission().catch(() => undefined)
  }
}

/** Shows a notification if the page is hidden; the returned function takes it back. */
export function notify(title: string, body: string): () => void {
  if (typeof Notification === 'undefined' || Notification.permission !== 'granted' || !document.hidden)
    return () => undefined
  try {
    const shown = new Notification(title, { body, tag: 'sefaw-incoming', requireInteraction: true })
    shown.onclick = () => {
      window.focus()
      shown.close()
    }
    return () => shown.close()
  } catch {
    return () => undefined // phones allow notifications only from a service worker
  }
}

// In the page: open a replay as a page does, play every picture of it from <video src>, seek, and say what was seen.
async ([consultation, purpose, seconds]) => {
  const PLAYED_S = 0.5
  const base = `/api/consultations/${consultation}/replays`
  const session = await (await fetch('/api/session')).json()
  const headers = { 'Content-Type': 'application/json', 'X-CSRF-Token': session.csrf }
  const opened = await (await fetch(base, { method: 'POST', headers, body: JSON.stringify({ purpose }) })).json()
  if (!opened.replay) return { error: opened.code }
  const canvas = Object.assign(document.createElement('canvas'), { width: 64, height: 64 })
  const context = canvas.getContext('2d', { willReadFrequently: true })

  const colour = (video) => {
    context.drawImage(video, 0, 0, 64, 64)
    const { data } = context.getImageData(0, 0, 64, 64)
    const sum = [0, 0, 0]
    for (let at = 0; at < data.length; at += 4) for (let c = 0; c < 3; c += 1) sum[c] += data[at + c]
    return sum.map((one) => one / 4096)
  }
  const once = (target, name) =>
    new Promise((done, failed) => {
      target.addEventListener(name, done, { once: true })
      target.addEventListener('error', () => failed(new Error(String(target.error?.message))), { once: true })
      setTimeout(() => failed(new Error(`${name} never came`)), 15000)
    })

  const tracks = []
  for (const track of opened.tracks.filter((one) => one.kind === 'video' && one.file)) {
    const video = Object.assign(document.createElement('video'), { muted: true, preload: 'auto' })
    video.src = `${base}/${opened.replay}/tracks/${track.run}`
    await once(video, 'loadeddata')
    const at = []
    for (const second of seconds) {
      const began = performance.now()
      const seeked = once(video, 'seeked')
      video.currentTime = second
      await seeked
      at.push({ second, time: video.currentTime, colour: colour(video), took: performance.now() - began })
    }
    const before = video.currentTime
    await video.play()
    while (video.currentTime < before + PLAYED_S) await once(video, 'timeupdate')
    video.pause()
    const { role } = opened.people.find(({ peer }) => peer === track.peer)
    tracks.push({ role, duration: video.duration, at, played: video.currentTime - before })
  }
  await fetch(`${base}/${opened.replay}`, { method: 'DELETE', headers })
  return { tracks }
}

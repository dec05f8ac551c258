// Figures for those who ask: how the packets travel, how long they take, how many.
import { useEffect, useState } from 'preact/hooks'

import { currentPeer } from '../../app/media'
import { link } from '../../app/wire'
import { t } from '../../i18n'
import { StatsReader } from '../../rtc/stats'
import type { Figures } from '../../rtc/stats'
import { Dialog } from '../kit/Dialog'
import { dialog } from './panel'

const EVERY_MS = 1_000

export function FiguresDialog() {
  const figures = useFigures()
  return (
    <Dialog title={t('figures.title')} onClose={() => (dialog.value = null)}>
      <dl class="figure-list figures">
        <Row name={t('figures.link')} value={t('figures.ms', { n: link.rttMs })} />
        {!figures?.transport && <Row name={t('figures.transport')} value={t('figures.none')} />}
        {figures?.transport && (
          <>
            <Row name={t('figures.transport')} value={figures.transport.toUpperCase()} />
            <Row name={t('figures.rtt')} value={t('figures.ms', { n: figures.rttMs })} />
            <Row name={t('figures.sent')} value={t('figures.kbps', { n: figures.sentKbps })} />
            <Row name={t('figures.received')} value={t('figures.kbps', { n: figures.receivedKbps })} />
          </>
        )}
        {figures?.video.map(({ mid, width, height, fps, codec }) => (
          <Row key={mid} name={t('figures.video', { mid })} value={t('figures.size', { width, height, fps, codec })} />
        ))}
      </dl>
    </Dialog>
  )
}

function Row({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  )
}

function useFigures(): Figures | null {
  const [figures, setFigures] = useState<Figures | null>(null)
  useEffect(() => {
    const peer = currentPeer()
    if (!peer) return
    const reader = new StatsReader(peer.pc)
    const read = (): void => void reader.read().then(setFigures)
    read()
    const timer = setInterval(read, EVERY_MS)
    return () => clearInterval(timer)
  }, [])
  return figures
}

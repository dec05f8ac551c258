// The paper of a consultation: what was signed, with who has read it; the form for the specialist; printing.
import { FilePlus2, Printer, TriangleAlert } from 'lucide'
import { useEffect } from 'preact/hooks'

import { change, open, writing } from '../../app/opinion'
import { t } from '../../i18n'
import * as store from '../../session/store'
import { Button } from '../kit/Button'
import { patientId, patientLine, stamp } from '../words'
import { isUntold, sheets, writesIn } from './case'
import type { Case, Sheet } from './case'
import './opinion.css'
import { OpinionForm } from './OpinionForm'
import { Signed } from './Signed'

interface PaperProps {
  of: Case
  /** Something was signed or acknowledged: whoever asked the server may ask again. */
  onChanged?: () => void
}

export function Paper({ of, onChanged }: PaperProps) {
  const { writes, mine, form } = useMyPart(of)
  return (
    <div class="paper">
      <PrintHead of={of} />
      {of.signed.length === 0 && !writes && <p class="quiet">{t('opinion.none')}</p>}
      {sheets(of.signed).map((sheet) => (
        <SheetView key={sheet.opinion.number} sheet={sheet} of={of} onChanged={onChanged} />
      ))}
      {form && <OpinionForm of={of} onSigned={onChanged} />}
      {of.signed.length > 0 && (
        <div class="paper-actions no-print">
          {mine > 0 && !form && <AddButtons of={of} amends={mine} />}
          <Button icon={Printer} onPress={() => window.print()}>
            {t('opinion.print')}
          </Button>
        </div>
      )}
    </div>
  )
}

/** Whether I write here, the number of what I signed already (0 = nothing), and whether the form is open. */
function useMyPart(of: Case): { writes: boolean; mine: number; form: boolean } {
  const me = store.me.value
  const writes = writesIn(of, me)
  useEffect(() => {
    if (writes) void open(of.consultation)
  }, [of.consultation, writes])
  const mine = of.signed.find((one) => one.signer.account === me?.account)?.number ?? 0
  const draft = writing.value?.consultation === of.consultation ? writing.value.draft : null
  return { writes, mine, form: writes && draft !== null && (mine === 0 || draft.amends > 0) }
}

function SheetView({ sheet, of, onChanged }: { sheet: Sheet } & PaperProps) {
  return (
    <section class="sheet" aria-label={t('opinion.by', { name: sheet.opinion.signer.name })}>
      {[sheet.opinion, ...sheet.addenda].map((one) => (
        <Signed key={one.number} one={one} of={of} onChanged={onChanged} />
      ))}
    </section>
  )
}

/** More is never written into what was signed: it is added. A critical value that was told is one press. */
function AddButtons({ of, amends }: { of: Case; amends: number }) {
  return (
    <>
      {isUntold(of.signed) && (
        <Button tone="danger" icon={TriangleAlert} onPress={() => change({ amends, critical: true })}>
          {t('opinion.told_now')}
        </Button>
      )}
      <Button icon={FilePlus2} onPress={() => change({ amends })}>
        {t('opinion.add')}
      </Button>
    </>
  )
}

/** On paper nothing else says whose it is. */
function PrintHead({ of }: { of: Case }) {
  return (
    <header class="print-only print-head">
      <h1>{t('opinion.title')}</h1>
      <p>
        <strong>{patientLine(of.patient)}</strong> · {patientId(of.patient)} · {of.requester.site}
      </p>
      <p>{`${t('after.question')}: ${of.reason}`}</p>
      <p>{`${t('after.requested')}: ${stamp(of.requestedAt)} · ${of.requester.name} · ${of.consultation}`}</p>
    </header>
  )
}

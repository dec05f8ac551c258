// What the encoder keeps when the line is narrow: the movement, or the detail.
import { t } from '../../i18n'
import { setClarity } from '../../app/sources'
import * as store from '../../session/store'

const CHOICES = ['smooth', 'sharp'] as const

export function ClarityChoice() {
  return (
    <fieldset class="field">
      <legend>{t('probe.clarity')}</legend>
      <div class="choices">
        {CHOICES.map((choice) => (
          <label key={choice} class="choice">
            <input
              type="radio"
              name="clarity"
              checked={store.clarity.value === choice}
              onChange={() => setClarity(choice)}
            />
            <span>{t(`probe.${choice}`)}</span>
          </label>
        ))}
      </div>
      <p class="quiet small">{t(`probe.${store.clarity.value}_help`)}</p>
    </fieldset>
  )
}

// Any form, as its data says: each question with its answers, and the moments that they are tied to.
import { useId } from 'preact/hooks'

import { language, t } from '../i18n'
import type { Choice, Filled, Form, Item, NumberItem, OwnNote, TextItem, Value } from './api'
import { answered, answerOf, wantsMoment, withMoments, withoutMoment } from './filling'
import type { Wrong } from './filling'
import { Moments } from './Moments'

interface FillProps {
  consultation: string
  form: Form
  filled: Filled
  notes: readonly OwnNote[]
  end: number
  wrong: ReadonlyMap<string, Wrong>
  /** Only these questions; all if not said. */
  only?: readonly string[]
  onChange: (filled: Filled) => void
}

export function FormFill(props: FillProps) {
  const { form, only } = props
  const items = form.items.filter((item) => !only || only.includes(item.id))
  return (
    <div class="form-items">
      {items.map((item) => (
        <Question key={item.id} item={item} {...props} />
      ))}
    </div>
  )
}

function Question({ item, ...props }: FillProps & { item: Item }) {
  const id = useId()
  const answer = answerOf(props.filled, item.id)
  const wrong = props.wrong.get(item.id)
  const words = item.words[language.value]
  const wanted = wantsMoment(item, answer?.value)
  const set = (value: Value | null): void => props.onChange(answered(props.filled, item.id, value))
  const asked = { value: answer?.value, words, set, said: wrong && `${id}-wrong` }
  return (
    <div class={wrong ? 'question wrong' : 'question'} data-item={item.id}>
      <Input item={item} {...asked} />
      {wrong && (
        <p id={`${id}-wrong`} class="field-problem">
          {t(`review.wrong.${wrong}`)}
        </p>
      )}
      {answer && (
        <Moments
          consultation={props.consultation}
          moments={answer.moments}
          notes={props.notes}
          wanted={wanted}
          end={props.end}
          of={words}
          onAdd={(added) => props.onChange(withMoments(props.filled, item.id, added))}
          onRemove={(at) => props.onChange(withoutMoment(props.filled, item.id, at))}
        />
      )}
    </div>
  )
}

interface AskedProps<T> {
  item: T
  words: string
  value: Value | undefined
  set: (value: Value | null) => void
  said: string | undefined
}

function Input(props: AskedProps<Item>) {
  const { item } = props
  switch (item.type) {
    case 'choice':
      return <Choices {...props} item={item} />
    case 'number':
      return <Whole {...props} item={item} />
    case 'text':
      return <Free {...props} item={item} />
  }
}

function Choices({ item, words, value, set, said }: AskedProps<Choice>) {
  const name = useId()
  return (
    <fieldset class="field" aria-describedby={said}>
      <legend>{legend(words, item)}</legend>
      <div class="answers">
        {item.options.map((option) => (
          <label key={option.value} class="choice">
            <input
              type="radio"
              name={name}
              checked={value === option.value}
              onChange={() => set(option.value)}
              // Once more on what is chosen takes it away, where nobody has to answer.
              onClick={() => !item.required && value === option.value && set(null)}
            />
            <span>{option.words[language.value]}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}

function Whole({ item, words, value, set, said }: AskedProps<NumberItem>) {
  const id = useId()
  return (
    <div class="field">
      <label class="field-name" for={id}>
        {`${legend(words, item)} (${item.lowest}–${item.highest})`}
      </label>
      <input
        id={id}
        type="number"
        step={1}
        min={item.lowest}
        max={item.highest}
        value={value ?? ''}
        aria-describedby={said}
        onInput={(event) => set(event.currentTarget.value === '' ? null : Number(event.currentTarget.value))}
      />
    </div>
  )
}

function Free({ item, words, value, set, said }: AskedProps<TextItem>) {
  const id = useId()
  return (
    <div class="field">
      <label class="field-name" for={id}>
        {legend(words, item)}
      </label>
      <textarea
        id={id}
        rows={3}
        maxLength={item.most}
        value={value ?? ''}
        aria-describedby={said}
        onInput={(event) => set(event.currentTarget.value === '' ? null : event.currentTarget.value)}
      />
    </div>
  )
}

const legend = (words: string, item: { required: boolean }): string =>
  item.required ? words : t('review.optional', { words })

/** How an answer reads in its form's words. */
export function valueWords(item: Item | undefined, value: Value | null | undefined): string {
  if (value === null || value === undefined) return t('review.no_answer')
  const option = item?.type === 'choice' ? item.options.find((one) => one.value === value) : undefined
  return option ? option.words[language.value] : String(value)
}

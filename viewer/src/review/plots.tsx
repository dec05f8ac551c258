// Plots that are tables: each row has its name, its figures in words, and a bar drawn beside them. Whoever cannot see
// the bar reads the same in the cells; nothing is in the bar alone.
import type { ComponentChildren } from 'preact'

const WIDTH = 240
const HEIGHT = 20

export interface PlotRow {
  name: string
  /** One cell for each column. */
  cells: readonly string[]
  /** null = there is no figure. */
  bar: ComponentChildren
}

interface PlotProps {
  caption: string
  columns: readonly string[]
  rows: readonly PlotRow[]
}

export function Plot({ caption, columns, rows }: PlotProps) {
  return (
    <div class="table-place">
      <table class="table stacked plot">
        <caption>{caption}</caption>
        <thead>
          <tr>
            {columns.map((column, at) => (
              <th key={column} scope="col" class={at > 0 ? 'figures' : ''}>
                {column}
              </th>
            ))}
            <td class="bar-cell" />
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.name}>
              <th scope="row">{row.name}</th>
              {row.cells.map((cell, at) => (
                <td key={columns[at + 1]} class="figures" data-label={columns[at + 1]}>
                  {cell}
                </td>
              ))}
              <td class="bar-cell">{row.bar}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Canvas({ children }: { children: ComponentChildren }) {
  return (
    <svg class="bar-svg" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <line class="bar-ground" x1="0" x2={WIDTH} y1={HEIGHT - 1} y2={HEIGHT - 1} />
      {children}
    </svg>
  )
}

const within = (part: number): number => Math.max(0, Math.min(1, part)) * WIDTH

/** A share of one. */
export function ShareBar({ share, good }: { share: number; good?: boolean }) {
  return (
    <Canvas>
      <rect class="bar-whole" x="0" y="4" width={WIDTH} height="12" />
      <rect class={good === false ? 'bar-part danger' : 'bar-part'} x="0" y="4" width={within(share)} height="12" />
    </Canvas>
  )
}

/** The median as a bar, nine of ten as a line behind its end. */
export function SpanBar({ median, p90, most }: { median: number; p90: number; most: number }) {
  const end = within(p90 / most)
  return (
    <Canvas>
      <rect class="bar-part" x="0" y="4" width={within(median / most)} height="12" />
      <line class="bar-mark" x1={within(median / most)} x2={end} y1="10" y2="10" />
      <line class="bar-mark" x1={end} x2={end} y1="4" y2="16" />
    </Canvas>
  )
}

export function CountBar({ count, most }: { count: number; most: number }) {
  return (
    <Canvas>
      <rect class="bar-part" x="0" y="4" width={within(count / most)} height="12" />
    </Canvas>
  )
}

/** A coefficient between -1 and 1 with its interval; the upright line is nothing but chance. */
export function IntervalBar({ value, low, high }: { value: number; low: number | null; high: number | null }) {
  const place = (one: number): number => within((one + 1) / 2)
  return (
    <Canvas>
      <line class="bar-zero" x1={place(0)} x2={place(0)} y1="0" y2={HEIGHT} />
      {low !== null && high !== null && <line class="bar-mark" x1={place(low)} x2={place(high)} y1="10" y2="10" />}
      <rect class="bar-part" x={place(value) - 3} y="4" width="6" height="12" />
    </Canvas>
  )
}

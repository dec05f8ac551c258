// The doors of the replay, as the server has them (docs/archive.md). Times are µs of the session.
import { answer, ask, HttpFailed } from '../session/http'
import type { CloseReason, ConsultationId, Kind, LogEvent, Patient, Purpose, Role, State } from '../session/wire.gen'

export interface Span {
  readonly t_from: number
  readonly t_to: number
}

export interface Gap extends Span {
  readonly reason: string
}

/** A stretch of a track that is one file. `file` empty: none could be made. Time 0 of the file is `t0`. `peer` 0,
 * `label` null: the log does not say whose, of what. */
export interface Run {
  readonly run: number
  readonly track: number
  readonly peer: number
  readonly kind: Kind
  readonly label: Purpose | null
  readonly codec: string
  /** Which layer of a simulcast; '' = there is one. */
  readonly rid: string
  readonly file: string
  /** The file that was sealed is gone. */
  readonly missing: boolean
  readonly t0: number
  readonly t_end: number
  readonly damaged: readonly Span[]
}

export interface Somebody {
  readonly peer: number
  readonly name: string
  readonly role: Role
  readonly institution: string
}

export interface Opened {
  readonly replay: string
  readonly consultation: ConsultationId
  readonly started_unix_us: number
  readonly length_us: number
  readonly closed_reason: CloseReason | null
  /** False: who opened it reviews blind. `people`, events and states then have letters for names. */
  readonly names: boolean
  readonly people: readonly Somebody[]
  readonly tracks: readonly Run[]
  readonly gaps: readonly Gap[]
  /** There is sound or picture. */
  readonly recorded: boolean
  readonly thumbnails: { readonly every_us: number; readonly runs: readonly number[] } | null
}

export interface Marker {
  readonly t: number
  readonly t_to: number
  readonly kind: string
  readonly data: Readonly<Record<string, string | number>>
}

export interface Speech {
  readonly step_us: number
  readonly people: readonly { readonly peer: number; readonly levels: string }[]
}

/** Frames of a video that follow each other: when each is shown (µs of the file), its RTP timestamp. `until`: when the next
 * begins; null = there is none. */
export interface KeyedFrames {
  readonly frames: readonly (readonly [number, number])[]
  readonly until: number | null
}

/** A fast-lane message: when it was relayed, its bytes in base64. */
export interface FastLine {
  readonly t: number
  readonly body: string
}

export interface Snapshot {
  readonly seq: number
  readonly t: number
  readonly state: State
}

/** What it is watched for: the quality of it, or the patient's care. */
export type Use = 'review' | 'care'

/** One opened replay. What it asks for ends with `signal`. */
export class Doors {
  private readonly root: string

  constructor(
    readonly opened: Opened,
    private readonly csrf: string,
    private readonly signal: AbortSignal,
  ) {
    this.root = `${rootOf(opened.consultation)}/${encodeURIComponent(opened.replay)}`
  }

  track(run: number): string {
    return `${this.root}/tracks/${run}`
  }

  thumbnail(run: number, index: number): string {
    return `${this.root}/thumbnails/${run}/${index}.jpg`
  }

  watch(): string {
    return `${this.root}/watch`
  }

  markers(): Promise<Marker[]> {
    return this.json('markers')
  }

  speech(): Promise<Speech> {
    return this.json('speech')
  }

  frames(run: number, us: number): Promise<KeyedFrames> {
    return this.json(`tracks/${run}/frames?t=${Math.floor(us)}`)
  }

  snapshot(t: number): Promise<Snapshot> {
    return this.json(`snapshots/${Math.floor(t)}`)
  }

  async fast(from: number, to: number): Promise<FastLine[]> {
    const found: FastLine[] = []
    await this.lines<FastLine>(`fast?from=${from}&to=${to}`, (lines) => void found.push(...lines))
    return found
  }

  events(came: (events: LogEvent[]) => void): Promise<void> {
    return this.lines('events', came)
  }

  /** The browser may be gone before it is answered. */
  close(): void {
    void fetch(this.root, { method: 'DELETE', headers: { 'X-CSRF-Token': this.csrf }, keepalive: true }).catch(
      () => undefined,
    )
  }

  private async json<T>(path: string): Promise<T> {
    return (await (await answer(`${this.root}/${path}`, { signal: this.signal })).json()) as T
  }

  /** JSON Lines, handed on as they come. */
  private async lines<T>(path: string, came: (lines: T[]) => void): Promise<void> {
    const { body } = await answer(`${this.root}/${path}`, { signal: this.signal })
    if (!body) return
    const reader = body.pipeThrough(new TextDecoderStream()).getReader()
    let rest = ''
    for (;;) {
      const { done, value } = await reader.read()
      const texts = (rest + (value ?? '')).split('\n')
      rest = done ? '' : (texts.pop() ?? '')
      const lines = texts.filter(Boolean).map((text) => JSON.parse(text) as T)
      if (lines.length > 0) came(lines)
      if (done) return
    }
  }
}

export async function open(consultation: ConsultationId, purpose: Use, csrf: string): Promise<Opened> {
  return (await ask('POST', rootOf(consultation), { purpose }, csrf)) as Opened
}

function rootOf(consultation: ConsultationId): string {
  return `/api/consultations/${consultation}/replays`
}

// ---- the list -------------------------------------------------------------------------------------------------------

export const FLAGS = ['critical', 'unsigned', 'gaps', 'damaged', 'network', 'freeze', 'mark', 'unrecorded'] as const
export type Flag = (typeof FLAGS)[number]

export interface Found {
  readonly consultation: ConsultationId
  /** Unix ms */
  readonly started_at: number
  readonly length_us: number
  readonly patient: Patient | null
  readonly site: string
  readonly requester: string
  readonly specialist: string
  readonly department: string
  readonly reason: string
  readonly flags: readonly string[]
  readonly state: 'ready' | 'sealing' | 'erased' | 'unrecorded'
  /** False: I review it blind. */
  readonly names: boolean
}

/** Empty = not narrowed by it. `from`, `to`, `before`: Unix ms, 0 = none. */
export interface Wanted {
  readonly find: string
  readonly site: string
  readonly doctor: string
  readonly department: string
  readonly finding: string
  readonly flag: Flag | ''
  readonly from: number
  readonly to: number
  readonly before: number
  readonly limit: number
}

export async function list(wanted: Wanted): Promise<{ rows: readonly Found[]; more: boolean }> {
  const given = Object.entries(wanted).filter(([, value]) => value !== '' && value !== 0)
  const query = new URLSearchParams(given.map(([name, value]) => [name, String(value)]))
  return (await ask('GET', `/api/replays?${query}`)) as { rows: readonly Found[]; more: boolean }
}

/** The code of a failure; '' where it was our own doing. */
export function codeOf(error: unknown): string {
  if (error instanceof HttpFailed) return error.code
  return error instanceof DOMException && error.name === 'AbortError' ? '' : 'internal'
}

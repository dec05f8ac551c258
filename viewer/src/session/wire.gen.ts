// The wire: every message, event and state. Written by `python -m signalling.generate` from signalling/; do not edit.
// Text bounds count Unicode code points. What the server sends always has every field; so must what the page sends.

export const WIRE_VERSION = 1;
/** Chat lines in a state; older ones stay in the log. */
export const CHAT_KEPT = 500;
/** The same for marks and freezes; a fading mark is looked at for FADES_US (µs). */
export const MARKS_KEPT = 300;
export const FREEZES_KEPT = 100;
export const FADES_US = 8000000;
export const GAPS_KEPT = 200;
export const GRANTS_KEPT = 100;
/** The longest text of each kind, in code points. */
export const MAX_LENGTH = { Name: 80, ShortText: 200, Reason: 1000, ChatText: 2000, DepartmentName: 80, OpinionText: 4000, MarkText: 200, DicomText: 64, PersonName: 80, Token: 2048, Sdp: 65536 } as const;

// ---- Ids: each a type of its own, so that they cannot be mixed up --------------------------------------------------

declare const brand: unique symbol;
export type ConsultationId = string & { readonly [brand]: "ConsultationId" };
export type AccountId = string & { readonly [brand]: "AccountId" };
export type InstitutionId = string & { readonly [brand]: "InstitutionId" };
export type ParticipantId = number & { readonly [brand]: "ParticipantId" };
export type TrackId = number & { readonly [brand]: "TrackId" };
export type StudyId = string & { readonly [brand]: "StudyId" };
export type SeriesId = string & { readonly [brand]: "SeriesId" };
export type InstanceId = string & { readonly [brand]: "InstanceId" };
export type Mid = string;

// ---- Vocabularies: the array holds every word, the type is their union ---------------------------------------------

export const ROLE_VALUES = [
  "village_doctor",
  "operator",
  "specialist",
  "reviewer",
  "observer",
  "patient",
  "administrator",
] as const;
/** What an account may be; what each may do is decided in `sefaw_rtc.access.decide`. */
export type Role = (typeof ROLE_VALUES)[number];

export const KIND_VALUES = [
  "audio",
  "video",
] as const;
export type Kind = (typeof KIND_VALUES)[number];

export const PURPOSE_VALUES = [
  "probe",
  "screen",
  "face",
  "room",
] as const;
/** What a Track shows or lets hear. The order is the order of care: probe first. */
export type Purpose = (typeof PURPOSE_VALUES)[number];

export const URGENCY_VALUES = [
  "routine",
  "urgent",
  "emergency",
] as const;
export type Urgency = (typeof URGENCY_VALUES)[number];

export const SEX_VALUES = [
  "female",
  "male",
  "other",
  "unknown",
] as const;
export type Sex = (typeof SEX_VALUES)[number];

export const STATUS_VALUES = [
  "requested",
  "ringing",
  "open",
  "closing",
  "closed",
] as const;
/** Where a consultation is; only ever forward. */
export type Status = (typeof STATUS_VALUES)[number];

export const INCOMING_KIND_VALUES = [
  "call",
  "invitation",
] as const;
/** What rings: a new call, or a consultation that is going on and asks one in. */
export type IncomingKind = (typeof INCOMING_KIND_VALUES)[number];

export const DECLINE_REASON_VALUES = [
  "busy",
  "not_my_field",
  "technical",
  "other",
] as const;
export type DeclineReason = (typeof DECLINE_REASON_VALUES)[number];

export const TRANSPORT_VALUES = [
  "none",
  "udp",
  "tcp",
] as const;
/** How a participant's packets travel; `none` = media is not connected. */
export type Transport = (typeof TRANSPORT_VALUES)[number];

export const NOTICE_VALUES = [
  "live",
  "silent",
  "no_keyframes",
  "codec_unsupported",
  "suspended",
] as const;
/** How a track is doing right now, as the plane sees it. */
export type Notice = (typeof NOTICE_VALUES)[number];

export const ATTACHMENT_KIND_VALUES = [
  "picture",
  "voice",
] as const;
/** What a chat line carries besides its text. */
export type AttachmentKind = (typeof ATTACHMENT_KIND_VALUES)[number];

export const STEP_VALUES = [
  "ice_connected",
  "dtls_connected",
  "first_packet",
  "first_keyframe",
  "path_changed",
  "loss_began",
  "loss_ended",
  "media_ended",
  "keyframes_missing",
  "keyframes_back",
  "video_suspended",
  "video_resumed",
  "storage_failed",
  "storage_back",
  "storage_lost",
] as const;
/**
 * What the plane and the server saw of a participant's media, for the timeline (`Observed`). `value` is in the
 *     unit that stands behind each.
 */
export type Step = (typeof STEP_VALUES)[number];

export const PICTURE_SOURCE_VALUES = [
  "folder",
  "pacs",
] as const;
/** Where a study's pictures are kept. */
export type PictureSource = (typeof PICTURE_SOURCE_VALUES)[number];

export const PICTURE_FAULT_VALUES = [
  "not_dicom",
  "truncated",
  "broken",
  "no_identity",
  "conflict",
  "too_large",
  "too_many",
  "bomb",
  "unsafe_name",
  "encrypted",
  "unsupported",
  "storage_full",
] as const;
/** Why a file that somebody brought is not taken. The page has words for each. */
export type PictureFault = (typeof PICTURE_FAULT_VALUES)[number];

export const CONSENT_KIND_VALUES = [
  "spoken",
  "witnessed",
  "signed",
] as const;
/** How a consent was given. */
export type ConsentKind = (typeof CONSENT_KIND_VALUES)[number];

export const CONSENT_GIVER_VALUES = [
  "patient",
  "guardian",
] as const;
export type ConsentGiver = (typeof CONSENT_GIVER_VALUES)[number];

export const CONSENT_USE_VALUES = [
  "care",
  "quality",
  "teaching",
] as const;
/** What the recording may serve. */
export type ConsentUse = (typeof CONSENT_USE_VALUES)[number];

export const CONSENT_END_VALUES = [
  "withdrawn",
  "expired",
] as const;
export type ConsentEnd = (typeof CONSENT_END_VALUES)[number];

export const ACCESS_KIND_VALUES = [
  "replay",
  "fetch",
  "export",
  "teaching",
  "record",
  "pictures",
] as const;
/** What somebody wants of what is kept of a consultation that is over. */
export type AccessKind = (typeof ACCESS_KIND_VALUES)[number];

export const ACCESS_PURPOSE_VALUES = [
  "care",
  "review",
  "teaching",
  "administration",
] as const;
/** What for. */
export type AccessPurpose = (typeof ACCESS_PURPOSE_VALUES)[number];

export const GRANT_DATA_VALUES = [
  "record",
  "pictures",
  "recording",
  "copy",
] as const;
/** Which part of a consultation a grant opens. */
export type GrantData = (typeof GRANT_DATA_VALUES)[number];

export const GROUND_VALUES = [
  "public",
  "table",
  "grant",
  "scraper",
  "not_signed_in",
  "expired",
  "disabled",
  "revoked",
  "role",
  "scope",
  "other_consultation",
  "other_institution",
  "not_participant",
  "not_holder",
  "grant_ended",
  "no_consent",
] as const;
/** Why `decide()` said yes or no; goes into the log with the decision. */
export type Ground = (typeof GROUND_VALUES)[number];

export const RECORDING_STATUS_VALUES = [
  "off",
  "on",
  "paused",
] as const;
export type RecordingStatus = (typeof RECORDING_STATUS_VALUES)[number];

export const GAP_REASON_VALUES = [
  "private",
  "asked",
  "other",
  "slow",
  "full",
  "failed",
  "restarted",
] as const;
/** Why the recording does not hold something: first what people decide, then what happens to the server. */
export type GapReason = (typeof GAP_REASON_VALUES)[number];

export const LENGTH_UNIT_VALUES = [
  "mm",
  "px",
] as const;
export type LengthUnit = (typeof LENGTH_UNIT_VALUES)[number];

export const VOI_FUNCTION_VALUES = [
  "linear",
  "linear_exact",
  "sigmoid",
  "table",
] as const;
/** DICOM PS3.3 C.11.2.1.2 and C.11.2.1.3; `table`: each picture's own first VOI LUT, centre and width its domain. */
export type VoiFunction = (typeof VOI_FUNCTION_VALUES)[number];

export const COLOUR_MAP_VALUES = [
  "grey",
  "hot_iron",
  "pet",
  "hot_metal_blue",
  "pet_20_step",
] as const;
/** DICOM's well-known palettes (PS3.6 B). */
export type ColourMap = (typeof COLOUR_MAP_VALUES)[number];

export const SHAPE_VALUES = [
  "arrow",
  "stroke",
  "box",
  "ellipse",
  "text",
  "length",
  "angle",
  "caliper",
] as const;
/** What is drawn, with how many points. */
export type Shape = (typeof SHAPE_VALUES)[number];

export const MEASURE_UNIT_VALUES = [
  "mm",
  "mm2",
  "px",
  "px2",
  "degree",
  "second",
  "cm_per_s",
] as const;
export type MeasureUnit = (typeof MEASURE_UNIT_VALUES)[number];

export const LEAD_REASON_VALUES = [
  "began",
  "granted",
  "taken_back",
  "returned",
  "holder_left",
] as const;
/** Why the lead is with somebody else. */
export type LeadReason = (typeof LEAD_REASON_VALUES)[number];

export const SHOWING_VALUES = [
  "shown",
  "own",
  "loading",
  "unsupported",
  "cpu_only",
  "lost",
] as const;
/** What a participant sees of what the leader shows. */
export type Showing = (typeof SHOWING_VALUES)[number];

export const CUE_VALUES = [
  "tilt_left",
  "tilt_right",
  "tilt_up",
  "tilt_down",
  "rotate_clockwise",
  "rotate_counterclockwise",
  "slide_left",
  "slide_right",
  "slide_up",
  "slide_down",
  "press_more",
  "press_less",
  "fan",
  "hold",
] as const;
/** How to move the probe, seen by who holds it. */
export type Cue = (typeof CUE_VALUES)[number];

export const MACHINE_CONTROL_VALUES = [
  "depth_more",
  "depth_less",
  "gain_more",
  "gain_less",
  "freeze",
  "unfreeze",
  "smooth",
  "sharp",
] as const;
/** What may be asked of the operator at the machine; smooth and sharp: of the page that sends the picture. */
export type MachineControl = (typeof MACHINE_CONTROL_VALUES)[number];

export const FREEZE_FAULT_VALUES = [
  "frame_gone",
  "no_answer",
  "unreadable",
  "storage_full",
] as const;
/** Why a frame did not become a still. */
export type FreezeFault = (typeof FREEZE_FAULT_VALUES)[number];

export const CLOSE_REASON_VALUES = [
  "hung_up",
  "cancelled",
  "declined",
  "nobody_on_call",
  "no_answer",
  "answered_elsewhere",
  "left",
  "connection_lost",
  "abandoned",
  "replaced",
  "unpublished",
  "network_blocked",
  "security_failed",
  "media_failed",
  "protocol_violation",
  "too_slow",
  "token_expired",
  "access_revoked",
  "ended_by_administrator",
  "server_stopping",
  "internal_error",
] as const;
/** Why a consultation, a participant, a track, a ring or a connection ended. Log, metric and wire agree. */
export type CloseReason = (typeof CLOSE_REASON_VALUES)[number];

export const ERROR_CODE_VALUES = [
  "malformed",
  "too_large",
  "too_many",
  "version_unsupported",
  "unauthenticated",
  "forbidden",
  "token_invalid",
  "token_expired",
  "token_replayed",
  "csrf_failed",
  "credentials_wrong",
  "account_disabled",
  "not_found",
  "method_not_allowed",
  "conflict",
  "out_of_state",
  "already_answered",
  "nobody_on_call",
  "not_on_call",
  "consultation_closed",
  "consultation_full",
  "sdp_malformed",
  "no_common_codec",
  "media_unavailable",
  "storage_full",
  "unsupported_media_type",
  "stopping",
  "not_leading",
  "patient_unconfirmed",
  "source_unavailable",
  "picture_unsupported",
  "no_consent",
  "grant_ended",
  "busy",
  "not_ready",
  "erased",
  "blind",
  "key_missing",
  "elsewhere",
  "damaged",
  "internal",
] as const;
/** Every error a client can be told, on the wire and in problem bodies. The page has words for each. */
export type ErrorCode = (typeof ERROR_CODE_VALUES)[number];

// ---- Parts of messages, events and state ---------------------------------------------------------------------------

/** Whom the consultation is about. `birth_year` 0 = not known; `identifier` is the site's own number. */
export interface Patient {
  readonly name: string; // 1 to 80 characters
  readonly sex: Sex;
  readonly birth_year: number; // 0 to 2200
  readonly identifier: string; // 0 to 64 characters
}

/**
 * An account as others see it. `site` is the name of the institution, `department` that of a specialist's
 * field ("" = none).
 */
export interface Person {
  readonly account: AccountId; // matches ^[a-z2-7]{26}$
  readonly name: string; // 1 to 80 characters
  readonly role: Role;
  readonly site: string; // 1 to 80 characters
  readonly institution: InstitutionId; // matches ^[a-z2-7]{26}$
  readonly department: string; // 0 to 80 characters
}

/**
 * A picture or a voice message, known by its content: `sha256` is its name, so that the log proves what was
 * sent. `width` and `height` in px of a picture, `duration_ms` of a voice message, 0 otherwise.
 */
export interface Attachment {
  readonly sha256: string; // matches ^[0-9a-f]{64}$
  readonly kind: AttachmentKind;
  readonly media_type: string; // 3 to 64 characters
  readonly size: number; // 1 to 2147483647
  readonly width: number; // 0 to 65535
  readonly height: number; // 0 to 65535
  readonly duration_ms: number; // 0 to 3600000
}

/** Who was told of a critical value, and when (Unix ms). */
export interface CriticalTold {
  readonly to: string; // 1 to 80 characters
  readonly at: number; // 0 to 2^53 - 1
}

/** A specialist's structured opinion. `critical`: a critical value; `told` null = nobody was told of it yet. */
export interface Opinion {
  readonly findings: string; // 0 to 4000 characters
  readonly impression: string; // 0 to 4000 characters
  readonly advice: string; // 0 to 4000 characters
  readonly critical: boolean;
  readonly told: CriticalTold | null;
}

/**
 * Who may see a consultation besides those who took part: everybody of an institution, or (`account`) one of its
 * people; `site` and `name` are what they were called then. `until`: Unix ms; every grant ends.
 */
export interface Grant {
  readonly key: string; // matches ^[0-9A-Za-z_-]{1,36}$
  readonly institution: InstitutionId; // matches ^[a-z2-7]{26}$
  readonly site: string; // 1 to 80 characters
  readonly data: readonly GrantData[]; // 1 to 4 entries
  readonly until: number; // 1 to 2^53 - 1
  readonly account: AccountId | null; // matches ^[a-z2-7]{26}$
  readonly name: string; // 0 to 80 characters
}

/**
 * One entry of the log. `seq` counts from 1 without gaps; `t` is µs on the session clock (0 = requested);
 * `by` is the participant that caused it, 0 = the server or somebody not (yet) in the consultation.
 */
export interface LogEvent {
  readonly seq: number; // 1 to 2^53 - 1
  readonly t: number; // 0 to 2^53 - 1
  readonly by: number; // 0 to 65535
  readonly body: EventBody;
}

/** The identity of a frame of live video, on every machine and in the archive. */
export interface FrameKey {
  readonly track: TrackId; // 1 to 4294967295
  readonly rtp: number; // 0 to 4294967295
}

/** One frame of a DICOM instance. */
export interface Picture {
  readonly study: StudyId; // matches ^(?=[0-9.]{1,64}$)(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))*$
  readonly series: SeriesId; // matches ^(?=[0-9.]{1,64}$)(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))*$
  readonly instance: InstanceId; // matches ^(?=[0-9.]{1,64}$)(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))*$
  readonly frame: number; // 1 to 1000000
}

/**
 * The part of the picture that the leader chose to see, and how it is turned. `centre_x`, `centre_y` (Fraction) is
 * the middle of it, `width` and `height` (Length, `unit`) its size on the screen before turning the screen's way:
 * along the screen's own axes. `rotation` in 1/100 degree clockwise, applied after the flips. Who follows fits this
 * rectangle into its own canvas.
 */
export interface Area {
  readonly centre_x: number; // -2000000000 to 2000000000
  readonly centre_y: number; // -2000000000 to 2000000000
  readonly width: number; // 1 to 4000000000
  readonly height: number; // 1 to 4000000000
  readonly unit: LengthUnit;
  readonly rotation: number; // 0 to 35999
  readonly flip_horizontal: boolean;
  readonly flip_vertical: boolean;
}

/**
 * Values of interest (DICOM PS3.3 C.11.2) in Grey. `invert` is what is seen beyond what the instance's own
 * photometric interpretation says: MONOCHROME1 alone is no inversion.
 */
export interface Voi {
  readonly centre: number; // -2000000000 to 2000000000
  readonly width: number; // 1 to 4000000000
  readonly function: VoiFunction;
  readonly invert: boolean;
  readonly colour_map: ColourMap;
}

/** Playing or not. `rate` in 1/100 frame/s; `frame` is shown at the event's `t`, then the clock decides. */
export interface Cine {
  readonly playing: boolean;
  readonly rate: number; // 1 to 24000
  readonly frame: number; // 1 to 1000000
}

/** The patient as the pictures name it. */
export interface PicturePatient {
  readonly name: string; // 0 to 64 characters
  readonly identifier: string; // 0 to 64 characters
  readonly birth_date: string; // matches ^([0-9]{8})?$
  readonly sex: string; // matches ^[A-Z]?$
}

/** A place in the picture. */
export interface Point {
  readonly x: number; // -2000000000 to 2000000000
  readonly y: number; // -2000000000 to 2000000000
}

/** What a caliper says: `value` in 1/1000 of the unit. */
export interface Measure {
  readonly value: number; // 0 to 4000000000000
  readonly unit: MeasureUnit;
}

/**
 * Something drawn. Exactly one of `picture` and `frame` says on what. `key` is the author's own. A fading mark is
 * looked at for FADES_US and then gone.
 */
export interface Mark {
  readonly key: string; // matches ^[0-9A-Za-z_-]{1,36}$
  readonly shape: Shape;
  readonly points: readonly Point[]; // 1 to 512 entries
  readonly picture: Picture | null;
  readonly frame: FrameKey | null;
  readonly text: string; // 0 to 200 characters
  readonly measure: Measure | null;
  readonly fades: boolean;
}

/** A series in the folder, as far as it has come. */
export interface SharedSeries {
  readonly series: SeriesId;
  readonly modality: string;
  readonly description: string;
  readonly number: number;
  readonly instances: number;
}

/**
 * A study in the consultation's folder: by whom and when (session µs). While `differs` and not `confirmed`
 * nobody is shown it.
 */
export interface SharedStudy {
  readonly study: StudyId;
  readonly source: PictureSource;
  readonly patient: PicturePatient;
  readonly description: string;
  readonly date: string;
  readonly differs: boolean;
  readonly confirmed: boolean;
  readonly by: number;
  readonly t: number;
  readonly series: readonly SharedSeries[];
}

/**
 * One viewport at rest. null: the picture's own default (whole picture, its own window, not playing). `cine_t`:
 * session µs at which `cine` began.
 */
export interface ViewportState {
  readonly image: Picture | null;
  readonly area: Area | null;
  readonly voi: Voi | null;
  readonly cine: Cine | null;
  readonly cine_t: number;
}

/** Who leads (0 = nobody), the epoch of it, and who asks to lead, in order. */
export interface Lead {
  readonly holder: number;
  readonly epoch: number;
  readonly asking: readonly ParticipantId[];
}

/** What one participant sees of what the leader shows. */
export interface ShowingState {
  readonly participant: ParticipantId;
  readonly showing: Showing;
  readonly behind: number;
}

/** One mark that is there. */
export interface MarkState {
  readonly participant: ParticipantId;
  readonly t: number;
  readonly mark: Mark;
}

/** The last cue. */
export interface CueState {
  readonly participant: ParticipantId;
  readonly t: number;
  readonly cue: Cue;
}

/** Asked, and not answered yet. */
export interface MachineRequest {
  readonly participant: ParticipantId;
  readonly key: string;
  readonly t: number;
  readonly control: MachineControl;
}

/** A frame asked to become a still, and what became of it. */
export interface FreezeState {
  readonly participant: ParticipantId;
  readonly key: string;
  readonly t: number;
  readonly frame: FrameKey;
  readonly picture: Picture | null;
  readonly as_transmitted: boolean;
  readonly fault: FreezeFault | null;
}

/** All of it. `viewports` are rows × columns, row by row. Lists are in order of arrival. */
export interface Looking {
  readonly studies: readonly SharedStudy[];
  readonly rows: number;
  readonly columns: number;
  readonly viewports: readonly ViewportState[];
  readonly lead: Lead;
  readonly showing: readonly ShowingState[];
  readonly marks: readonly MarkState[];
  readonly cue: CueState | null;
  readonly requests: readonly MachineRequest[];
  readonly freezes: readonly FreezeState[];
}

/**
 * What was agreed to. `giver_name`: the guardian's ("" = the patient itself, whom the log names already).
 * `witness`: who was there (`witnessed`). `proof`: the clip of a spoken consent, the photograph of a signed form.
 * `until`: Unix ms, 0 = until it is withdrawn.
 */
export interface Consent {
  readonly key: string; // matches ^[0-9A-Za-z_-]{1,36}$
  readonly how: ConsentKind;
  readonly giver: ConsentGiver;
  readonly uses: readonly ConsentUse[]; // 1 to 3 entries
  readonly giver_name: string; // 0 to 80 characters
  readonly witness: string; // 0 to 80 characters
  readonly proof: string; // matches ^([0-9a-f]{64})?$
  readonly until: number; // 0 to 2^53 - 1
}

/** The consent that holds: who took it, when (session µs; `at` Unix ms). */
export interface ConsentState {
  readonly participant: ParticipantId;
  readonly t: number;
  readonly at: number;
  readonly consent: Consent;
}

/** What the recording does not hold, in session µs. `to_t` -1 = it goes on. */
export interface Gap {
  readonly reason: GapReason;
  readonly from_t: number;
  readonly to_t: number;
  readonly packets: number;
}

/** `status` since `since_t` (-1 = never on). `trouble`: the journal cannot take everything right now. */
export interface Recording {
  readonly status: RecordingStatus;
  readonly since_t: number;
  readonly consent: ConsentState | null;
  readonly trouble: GapReason | null;
  readonly gaps: readonly Gap[];
}

/** One participant. `connected` false = the seat is kept for somebody who was cut off. `left_t` -1 = is here. */
export interface Presence {
  readonly participant: ParticipantId;
  readonly person: Person;
  readonly connected: boolean;
  readonly microphone: boolean;
  readonly camera: boolean;
  readonly joined_t: number;
  readonly left_t: number;
}

/** One published source. */
export interface TrackState {
  readonly track: TrackId;
  readonly participant: ParticipantId;
  readonly kind: Kind;
  readonly purpose: Purpose;
  readonly mid: Mid;
}

/** One line of chat; `seq` is that of its event. */
export interface ChatLine {
  readonly seq: number;
  readonly t: number;
  readonly participant: ParticipantId;
  readonly key: string;
  readonly text: string;
  readonly attachment: Attachment | null;
}

/** Who is being rung now, since when, and who would be next. */
export interface Ring {
  readonly callee: Person;
  readonly started_t: number;
  readonly timeout_ms: number;
  readonly following: Person | null;
}

/** Somebody who is asked to join right now, since when, and which participant asked (0 = gone). */
export interface Invitation {
  readonly callee: Person;
  readonly by: number;
  readonly started_t: number;
  readonly timeout_ms: number;
}

/** Who read an opinion, and when (Unix ms). */
export interface Acknowledgement {
  readonly person: Person;
  readonly at: number;
}

/**
 * A signed opinion or addendum, and who has acknowledged it. `t` is when its event was written (session µs),
 * `at` what was signed (Unix ms).
 */
export interface SignedOpinion {
  readonly number: number;
  readonly amends: number;
  readonly opinion: Opinion;
  readonly signer: Person;
  readonly t: number;
  readonly at: number;
  readonly key: string;
  readonly signature: string;
  readonly acknowledged: readonly Acknowledgement[];
}

/** Who gave it, when (session µs; `at` Unix ms), and when it was taken back (Unix ms, 0 = never). */
export interface GrantState {
  readonly grant: Grant;
  readonly giver: Person;
  readonly t: number;
  readonly at: number;
  readonly revoked_at: number;
}

/**
 * Fold of all events up to `seq`. Lists are in order of arrival, so the canonical form needs no sorting.
 * `specialist` is who answered; `refused` whom it was rung in vain; `invitations` who is being asked to join,
 * `invited` who accepted and may join; `departed` who was here and left, so that a chat line keeps its writer and a
 * summary its people; `grants` whom it was opened to; `looking` all of looking together, `recording` what is kept of
 * it. Times are µs on the session clock, -1 = not yet.
 */
export interface State {
  readonly seq: number;
  readonly status: Status;
  readonly requester: Person | null;
  readonly patient: Patient | null;
  readonly reason: string;
  readonly urgency: Urgency;
  readonly department: string;
  readonly ring: Ring | null;
  readonly specialist: Person | null;
  readonly refused: readonly AccountId[];
  readonly invitations: readonly Invitation[];
  readonly invited: readonly AccountId[];
  readonly opened_t: number;
  readonly closed_t: number;
  readonly close_reason: CloseReason | null;
  readonly close_text: string;
  readonly participants: readonly Presence[];
  readonly departed: readonly Presence[];
  readonly tracks: readonly TrackState[];
  readonly chat: readonly ChatLine[];
  readonly opinions: readonly SignedOpinion[];
  readonly grants: readonly GrantState[];
  readonly looking: Looking;
  readonly recording: Recording;
  readonly next_participant: number;
  readonly next_track: number;
}

/** One transceiver the client will publish on. */
export interface Send {
  readonly mid: Mid; // matches ^[0-9A-Za-z_.-]{1,16}$
  readonly kind: Kind;
  readonly purpose: Purpose;
}

/** One receive m-section of the client. Audio and video slots with the same `pair` are lip-synced (share a msid). */
export interface Slot {
  readonly mid: Mid; // matches ^[0-9A-Za-z_.-]{1,16}$
  readonly kind: Kind;
  readonly purpose: Purpose;
  readonly pair: number; // 0 to 15
}

/**
 * A client offer. `rtt_ms`: what the client measured on this WebSocket (0 = not measured); it picks the DTLS
 * version (docs/architecture.md).
 */
export interface Media {
  readonly offer: string; // 1 to 65536 characters
  readonly sends: readonly Send[]; // 0 to 8 entries
  readonly slots: readonly Slot[]; // 0 to 16 entries
  readonly rtt_ms: number; // 0 to 60000
}

/**
 * Somebody who can be called now. `since`: Unix ms; `busy`: in a consultation; `on_duty_until`: the end of the
 * shift that is running, Unix ms, 0 = not on the rota now.
 */
export interface OnCall {
  readonly person: Person;
  readonly since: number;
  readonly busy: boolean;
  readonly on_duty_until: number;
}

/** Somebody whose shift it is, `until` (Unix ms), and who cannot be rung: no page is open, or switched off. */
export interface OnDuty {
  readonly person: Person;
  readonly until: number;
}

/** A department of all hospitals: how many of it are on call, and how many of these are not in a consultation. */
export interface DepartmentOnCall {
  readonly name: string; // 0 to 80 characters
  readonly on_call: number;
  readonly free: number;
}

/**
 * One of my consultations, as the lobby lists it. Times are Unix ms, 0 = not yet. `opinions`: how many are signed,
 * addenda included; `acknowledged`: how many of these the requester has read; `critical`: one of them names a
 * critical value; `critical_told`: and somebody was told of it. What is still to do follows from these. `joined`
 * (lobby only): a page of mine is in it right now.
 */
export interface Brief {
  readonly consultation: ConsultationId; // matches ^[a-z2-7]{26}$
  readonly status: Status;
  readonly patient: Patient;
  readonly reason: string; // 1 to 1000 characters
  readonly urgency: Urgency;
  readonly requester: Person;
  readonly specialist: Person | null;
  readonly requested_at: number;
  readonly opened_at: number;
  readonly closed_at: number;
  readonly close_reason: CloseReason | null;
  readonly department: string;
  readonly opinions: number;
  readonly acknowledged: number;
  readonly critical: boolean;
  readonly critical_told: boolean;
  readonly joined: boolean;
}

/** Which track a slot shows; null = none. */
export interface SlotState {
  readonly mid: Mid; // matches ^[0-9A-Za-z_.-]{1,16}$
  readonly track: TrackId | null; // 1 to 4294967295
}

// ---- Events: the entries of a consultation's log -------------------------------------------------------------------

/** A village doctor asked for a specialist. */
export interface Requested {
  readonly type: "requested";
  readonly requester: Person;
  readonly patient: Patient;
  readonly reason: string; // 1 to 1000 characters
  readonly urgency: Urgency;
  readonly department: string; // 0 to 80 characters
}

/** A specialist is being rung, for at most `timeout_ms`; `following` is who is rung next if this one cannot. */
export interface Rang {
  readonly type: "rang";
  readonly callee: Person;
  readonly timeout_ms: number; // 1 to 3600000
  readonly following: Person | null;
}

/** While it rings: who is rung next if this one cannot is somebody else now, or (null) nobody. */
export interface FollowingChanged {
  readonly type: "following_changed";
  readonly following: Person | null;
}

/** A ring ended without being answered by this callee. */
export interface RingEnded {
  readonly type: "ring_ended";
  readonly callee: AccountId; // matches ^[a-z2-7]{26}$
  readonly reason: CloseReason;
  readonly decline: DeclineReason | null;
  readonly text: string; // 0 to 200 characters
}

/** A specialist took the call; the consultation is open from here on. */
export interface Answered {
  readonly type: "answered";
  readonly callee: Person;
}

/** Another person is asked to join and is rung, for at most `timeout_ms`; `by` of the event is who asked. */
export interface Invited {
  readonly type: "invited";
  readonly callee: Person;
  readonly timeout_ms: number; // 1 to 3600000
}

/** The invited person comes: from here on it may join, and join again. */
export interface InvitationAccepted {
  readonly type: "invitation_accepted";
  readonly callee: AccountId; // matches ^[a-z2-7]{26}$
}

/** An invitation ended without being accepted. */
export interface InvitationEnded {
  readonly type: "invitation_ended";
  readonly callee: AccountId; // matches ^[a-z2-7]{26}$
  readonly reason: CloseReason;
  readonly decline: DeclineReason | null;
  readonly text: string; // 0 to 200 characters
}

/** The consultation opened without a ring (a demo, a test, a scheduled one). */
export interface Opened {
  readonly type: "opened";
}

/**
 * A participant came in. The same person coming back keeps the number: `Returned` while the seat is kept,
 * `Joined` again after having left.
 */
export interface Joined {
  readonly type: "joined";
  readonly participant: ParticipantId; // 1 to 65535
  readonly person: Person;
}

/** A participant's new connection replaced or revived the old one. */
export interface Returned {
  readonly type: "returned";
  readonly participant: ParticipantId; // 1 to 65535
}

/** A participant's connection went; the seat is kept for a while. */
export interface Disconnected {
  readonly type: "disconnected";
  readonly participant: ParticipantId; // 1 to 65535
  readonly reason: CloseReason;
}

/** A participant is gone; its tracks went before it (docs/closing.md). */
export interface Left {
  readonly type: "left";
  readonly participant: ParticipantId; // 1 to 65535
  readonly reason: CloseReason;
}

/** A Track is published. `mid` is that of the publisher's own transceiver. */
export interface TrackAdded {
  readonly type: "track_added";
  readonly track: TrackId; // 1 to 4294967295
  readonly participant: ParticipantId; // 1 to 65535
  readonly kind: Kind;
  readonly purpose: Purpose;
  readonly mid: Mid; // matches ^[0-9A-Za-z_.-]{1,16}$
}

/** A Track is no longer published. Its number is never used again. */
export interface TrackRemoved {
  readonly type: "track_removed";
  readonly track: TrackId; // 1 to 4294967295
  readonly reason: CloseReason;
}

/** What a participant says of its own microphone and camera: never hidden from the others. */
export interface MediaChanged {
  readonly type: "media_changed";
  readonly participant: ParticipantId; // 1 to 65535
  readonly microphone: boolean;
  readonly camera: boolean;
}

/**
 * A line of chat, with a picture or a voice message or without. `key` is the writer's own: the same line sent
 * twice is one event.
 */
export interface ChatSaid {
  readonly type: "chat_said";
  readonly participant: ParticipantId; // 1 to 65535
  readonly key: string; // matches ^[0-9A-Za-z_-]{1,36}$
  readonly text: string; // 0 to 2000 characters
  readonly attachment: Attachment | null;
}

/**
 * Something that the plane or the server saw: the timeline is made of these. Changes no state. `participant` 0 =
 * the server itself; `track` 0 = not of one track; the unit of `value` belongs to the step.
 */
export interface Observed {
  readonly type: "observed";
  readonly participant: ParticipantId; // 0 to 65535
  readonly step: Step;
  readonly track: number; // 0 to 4294967295
  readonly value: number; // 0 to 2^53 - 1
}

/**
 * A signed opinion, or (`amends` = the number of another one) an addendum to it. Allowed after `closed`.
 * `signature` is Ed25519 (RFC 8032), base64, by `key` over the canonical text (`signalling.opinions`); `at` is Unix
 * ms and part of that text.
 */
export interface OpinionSigned {
  readonly type: "opinion_signed";
  readonly number: number; // 1 to 1000
  readonly amends: number; // 0 to 1000
  readonly opinion: Opinion;
  readonly signer: Person;
  readonly at: number; // 0 to 2^53 - 1
  readonly key: string; // 0 to 64 characters
  readonly signature: string; // 0 to 128 characters
}

/** Who asked has read the opinion. Allowed after `closed`. `at` is Unix ms. */
export interface OpinionAcknowledged {
  readonly type: "opinion_acknowledged";
  readonly number: number; // 1 to 1000
  readonly person: Person;
  readonly at: number; // 0 to 2^53 - 1
}

/**
 * The patient, or the doctor with them, opened the consultation to somebody. Allowed after `closed`. `at`: Unix
 * ms.
 */
export interface Granted {
  readonly type: "granted";
  readonly grant: Grant;
  readonly giver: Person;
  readonly at: number; // 0 to 2^53 - 1
}

/**
 * And took it back: it opens nothing any more, and its key never will again. Allowed after `closed`. `at`: Unix
 * ms.
 */
export interface GrantRevoked {
  readonly type: "grant_revoked";
  readonly key: string; // matches ^[0-9A-Za-z_-]{1,36}$
  readonly person: Person;
  readonly at: number; // 0 to 2^53 - 1
}

/**
 * Somebody opened what is kept of the consultation, or was refused. Changes no state. Allowed after `closed`.
 * `record` and `pictures`: one for an hour of reading, not for each request (docs/security.md says whose).
 * `grant`: the key of the one by which it was allowed, or "". `at`: Unix ms.
 */
export interface Accessed {
  readonly type: "accessed";
  readonly person: Person;
  readonly kind: AccessKind;
  readonly purpose: AccessPurpose;
  readonly allowed: boolean;
  readonly ground: Ground;
  readonly at: number; // 0 to 2^53 - 1
  readonly grant: string; // matches ^[0-9A-Za-z_-]{0,36}$
  readonly item: string; // matches ^[a-z0-9_.-]{0,40}$
}

/**
 * Whoever runs the server's machine exported it with the command line, as `user` of its operating system, and said
 * why; nobody was asked. Changes no state. Allowed after `closed`. `at`: Unix ms.
 */
export interface ExportedHere {
  readonly type: "exported_here";
  readonly user: string; // 0 to 200 characters
  readonly why: string; // 0 to 200 characters
  readonly kind: AccessKind;
  readonly item: string; // matches ^[a-z0-9_.-]{0,40}$
  readonly at: number; // 0 to 2^53 - 1
}

/**
 * Nobody joins any more; the rest of the closing order follows (docs/closing.md). `text`: an administrator's own
 * words for ending it.
 */
export interface Closing {
  readonly type: "closing";
  readonly reason: CloseReason;
  readonly text: string; // 0 to 200 characters
}

/** The call is over. Only paperwork may follow: opinions, acknowledgements, grants, accesses, a consent's end. */
export interface Closed {
  readonly type: "closed";
  readonly reason: CloseReason;
}

/**
 * A study is in the consultation's folder from here on. `differs`: its patient is not surely the consultation's,
 * nor that of the other studies; nobody is shown it before somebody has answered (`StudyConfirmed`).
 */
export interface StudyShared {
  readonly type: "study_shared";
  readonly study: StudyId; // matches ^(?=[0-9.]{1,64}$)(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))*$
  readonly source: PictureSource;
  readonly patient: PicturePatient;
  readonly description: string; // 0 to 64 characters
  readonly date: string; // matches ^([0-9]{8})?$
  readonly differs: boolean;
}

/** A series of a shared study, or more of it than before. `instances`: how many there are now. */
export interface SeriesShared {
  readonly type: "series_shared";
  readonly study: StudyId; // matches ^(?=[0-9.]{1,64}$)(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))*$
  readonly series: SeriesId; // matches ^(?=[0-9.]{1,64}$)(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))*$
  readonly modality: string; // 0 to 16 characters
  readonly description: string; // 0 to 64 characters
  readonly number: number; // 0 to 2147483647
  readonly instances: number; // 1 to 100000
}

/** Somebody (`by`) says that it is the same patient, or that it is meant. */
export interface StudyConfirmed {
  readonly type: "study_confirmed";
  readonly study: StudyId; // matches ^(?=[0-9.]{1,64}$)(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))*$
}

/** Out of the folder again; the archive keeps that it was there. */
export interface StudyWithdrawn {
  readonly type: "study_withdrawn";
  readonly study: StudyId; // matches ^(?=[0-9.]{1,64}$)(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))*$
}

/** How many viewports there are. */
export interface LayoutChanged {
  readonly type: "layout_changed";
  readonly epoch: number; // 1 to 65535
  readonly rows: number; // 1 to 2
  readonly columns: number; // 1 to 2
}

/**
 * The View of one viewport at rest. What is null stays as it is; another series (`image`) begins with its own
 * defaults. `epoch` is that of the lead it was done under; `counter` that of the holder's last fast-lane message of
 * this viewport before it: what is older no longer counts, what is newer still does. 0 = there was none.
 */
export interface ViewChanged {
  readonly type: "view_changed";
  readonly epoch: number; // 1 to 65535
  readonly viewport: number; // 0 to 3
  readonly image: Picture | null;
  readonly area: Area | null;
  readonly voi: Voi | null;
  readonly cine: Cine | null;
  readonly counter: number; // 0 to 4294967295
}

/** A participant would like to lead. */
export interface LeadAsked {
  readonly type: "lead_asked";
  readonly participant: ParticipantId; // 1 to 65535
}

/**
 * Who leads from here on; 0 = nobody. Every change has a new epoch: what was on its way under an older one no
 * longer counts.
 */
export interface LeadChanged {
  readonly type: "lead_changed";
  readonly holder: number; // 0 to 65535
  readonly epoch: number; // 1 to 65535
  readonly reason: LeadReason;
}

/** Whether a participant sees what the leader shows. `behind`: pictures it has yet to load. */
export interface ShowingChanged {
  readonly type: "showing_changed";
  readonly participant: ParticipantId; // 1 to 65535
  readonly showing: Showing;
  readonly behind: number; // 0 to 100000
}

/** Drawn by a participant. */
export interface MarkAdded {
  readonly type: "mark_added";
  readonly participant: ParticipantId; // 1 to 65535
  readonly mark: Mark;
}

/** Taken back by its author. */
export interface MarkRemoved {
  readonly type: "mark_removed";
  readonly participant: ParticipantId; // 1 to 65535
  readonly key: string; // matches ^[0-9A-Za-z_-]{1,36}$
}

/** Where to move the probe, as told to who holds it. */
export interface CueGiven {
  readonly type: "cue_given";
  readonly participant: ParticipantId; // 1 to 65535
  readonly cue: Cue;
}

/** Something to do at the ultrasound machine is asked for; the operator does it or refuses. */
export interface MachineAsked {
  readonly type: "machine_asked";
  readonly participant: ParticipantId; // 1 to 65535
  readonly key: string; // matches ^[0-9A-Za-z_-]{1,36}$
  readonly control: MachineControl;
}

/** The operator's answer. */
export interface MachineAnswered {
  readonly type: "machine_answered";
  readonly key: string; // matches ^[0-9A-Za-z_-]{1,36}$
  readonly done: boolean;
}

/** This frame of live video is to become a still. */
export interface FreezeAsked {
  readonly type: "freeze_asked";
  readonly participant: ParticipantId; // 1 to 65535
  readonly key: string; // matches ^[0-9A-Za-z_-]{1,36}$
  readonly frame: FrameKey;
}

/**
 * The still is there. `as_transmitted`: decoded from what was sent, not the publisher's own picture. `frame` is
 * the frame it really is: an earlier one where the asked one is gone.
 */
export interface Frozen {
  readonly type: "frozen";
  readonly key: string; // matches ^[0-9A-Za-z_-]{1,36}$
  readonly picture: Picture;
  readonly frame: FrameKey;
  readonly as_transmitted: boolean;
}

/** There will be no still. */
export interface FreezeFailed {
  readonly type: "freeze_failed";
  readonly key: string; // matches ^[0-9A-Za-z_-]{1,36}$
  readonly fault: FreezeFault;
}

/**
 * The patient or the guardian agreed; `participant` took it. `at`: Unix ms. A later one takes the place of the
 * former.
 */
export interface ConsentTaken {
  readonly type: "consent_taken";
  readonly participant: ParticipantId; // 1 to 65535
  readonly consent: Consent;
  readonly at: number; // 0 to 2^53 - 1
}

/** It holds no longer. `participant` 0: by itself. */
export interface ConsentEnded {
  readonly type: "consent_ended";
  readonly participant: ParticipantId; // 0 to 65535
  readonly reason: ConsentEnd;
}

/** From here on media is journaled. */
export interface RecordingStarted {
  readonly type: "recording_started";
}

/** From here on it is not: a gap that everybody sees, with its reason. */
export interface RecordingPaused {
  readonly type: "recording_paused";
  readonly participant: ParticipantId; // 1 to 65535
  readonly reason: GapReason;
}

/** From here on it is again. */
export interface RecordingResumed {
  readonly type: "recording_resumed";
  readonly participant: ParticipantId; // 1 to 65535
}

/** No more of it: the consent ended, or the consultation. */
export interface RecordingStopped {
  readonly type: "recording_stopped";
}

/** The journal cannot take everything: what is missing is counted, and said when it is over. */
export interface RecordingTroubled {
  readonly type: "recording_troubled";
  readonly reason: GapReason;
}

/** What the journal does not hold: from and to in session µs. `packets` 0 = not known how many. */
export interface RecordingMissed {
  readonly type: "recording_missed";
  readonly reason: GapReason;
  readonly from_t: number; // 0 to 2^53 - 1
  readonly to_t: number; // 0 to 2^53 - 1
  readonly packets: number; // 0 to 2^53 - 1
}

export type EventBody =
  | Requested
  | Rang
  | FollowingChanged
  | RingEnded
  | Answered
  | Invited
  | InvitationAccepted
  | InvitationEnded
  | Opened
  | Joined
  | Returned
  | Disconnected
  | Left
  | TrackAdded
  | TrackRemoved
  | MediaChanged
  | ChatSaid
  | Observed
  | OpinionSigned
  | OpinionAcknowledged
  | Granted
  | GrantRevoked
  | Accessed
  | ExportedHere
  | Closing
  | Closed
  | StudyShared
  | SeriesShared
  | StudyConfirmed
  | StudyWithdrawn
  | LayoutChanged
  | ViewChanged
  | LeadAsked
  | LeadChanged
  | ShowingChanged
  | MarkAdded
  | MarkRemoved
  | CueGiven
  | MachineAsked
  | MachineAnswered
  | FreezeAsked
  | Frozen
  | FreezeFailed
  | ConsentTaken
  | ConsentEnded
  | RecordingStarted
  | RecordingPaused
  | RecordingResumed
  | RecordingStopped
  | RecordingTroubled
  | RecordingMissed;
export type EventBodyType = EventBody["type"];

// ---- Messages from the page to the server --------------------------------------------------------------------------

/** First message of a signed-in page: enter the lobby. */
export interface Hello {
  readonly type: "hello";
  readonly version: number; // 0 to 2^53 - 1
}

/** Say whether I can be rung. Answered by `done`. */
export interface SetOnCall {
  readonly type: "set_on_call";
  readonly re: number; // 1 to 2147483647
  readonly on: boolean;
}

/**
 * Ask for a specialist, of one department or (`department` "") of any. Answered by `calling`, then events of the
 * new consultation once joined.
 */
export interface Call {
  readonly type: "call";
  readonly re: number; // 1 to 2147483647
  readonly key: string; // matches ^[0-9A-Za-z_-]{1,36}$
  readonly patient: Patient;
  readonly reason: string; // 1 to 1000 characters
  readonly urgency: Urgency;
  readonly department: string; // 0 to 80 characters
}

/** The caller gives up before anybody answered. Answered by `done`. */
export interface CancelCall {
  readonly type: "cancel_call";
  readonly re: number; // 1 to 2147483647
  readonly consultation: ConsultationId; // matches ^[a-z2-7]{26}$
}

/** Take the call, or follow the invitation, that rings. Answered by `ticket`. */
export interface AnswerCall {
  readonly type: "answer_call";
  readonly re: number; // 1 to 2147483647
  readonly consultation: ConsultationId; // matches ^[a-z2-7]{26}$
}

/**
 * Do not take the call, or follow the invitation, that rings. Answered by `done`; of a call the next specialist is
 * rung.
 */
export interface DeclineCall {
  readonly type: "decline_call";
  readonly re: number; // 1 to 2147483647
  readonly consultation: ConsultationId; // matches ^[a-z2-7]{26}$
  readonly reason: DeclineReason;
  readonly text: string; // 0 to 200 characters
}

/** A participant of a consultation asks for a new ticket (page reloaded, other device). Answered by `ticket`. */
export interface Enter {
  readonly type: "enter";
  readonly re: number; // 1 to 2147483647
  readonly consultation: ConsultationId; // matches ^[a-z2-7]{26}$
}

/** Come into a consultation: token and media offer in one message. Answered by `joined`. */
export interface Join {
  readonly type: "join";
  readonly re: number; // 1 to 2147483647
  readonly version: number; // 0 to 2^53 - 1
  readonly token: string; // 16 to 2048 characters
  readonly media: Media | null;
}

/** Come back: only the events after `since_seq`. Without `media` the peer connection is kept as it is. */
export interface Resume {
  readonly type: "resume";
  readonly re: number; // 1 to 2147483647
  readonly version: number; // 0 to 2^53 - 1
  readonly token: string; // 16 to 2048 characters
  readonly since_seq: number; // 0 to 2^53 - 1
  readonly media: Media | null;
}

/** A new offer on the joined connection: more slots, another source, an ICE restart. Answered by `answer`. */
export interface Offer {
  readonly type: "offer";
  readonly re: number; // 1 to 2147483647
  readonly media: Media;
}

/** My microphone and camera are on or off: the others see it. Not answered. */
export interface SetMedia {
  readonly type: "set_media";
  readonly microphone: boolean;
  readonly camera: boolean;
}

/**
 * Say a line to all. Answered by `done`, also for a `key` that was already said. `attachment`: one that was
 * uploaded before (`POST /api/consultations/{id}/attachments`); only beside it `text` may be empty.
 */
export interface Chat {
  readonly type: "chat";
  readonly re: number; // 1 to 2147483647
  readonly key: string; // matches ^[0-9A-Za-z_-]{1,36}$
  readonly text: string; // 0 to 2000 characters
  readonly attachment: string | null; // matches ^[0-9a-f]{64}$
}

/** Ask for a track in a slot (null = none). The server may refuse; it then says so with `error`. */
export interface Watch {
  readonly type: "watch";
  readonly re: number; // 1 to 2147483647
  readonly mid: Mid; // matches ^[0-9A-Za-z_.-]{1,16}$
  readonly track: TrackId | null; // 1 to 4294967295
}

/**
 * Ring somebody who is on call to join this consultation (requester or a specialist in it). Answered by `done`;
 * what becomes of it are events. Refused: `not_on_call`, `conflict` (is here already), `too_many`.
 */
export interface Invite {
  readonly type: "invite";
  readonly re: number; // 1 to 2147483647
  readonly account: AccountId; // matches ^[a-z2-7]{26}$
}

/** Ring that person no more. Answered by `done`. */
export interface CancelInvitation {
  readonly type: "cancel_invitation";
  readonly re: number; // 1 to 2147483647
  readonly account: AccountId; // matches ^[a-z2-7]{26}$
}

/** End the consultation for all (requester or specialist). */
export interface HangUp {
  readonly type: "hang_up";
  readonly re: number; // 1 to 2147483647
}

/** Leave; the consultation goes on for the others. */
export interface Leave {
  readonly type: "leave";
  readonly re: number; // 1 to 2147483647
}

/** Measure the round trip; answered by `pong`. `rtt_ms`: what the last ping measured, 0 = nothing yet. */
export interface Ping {
  readonly type: "ping";
  readonly n: number; // 0 to 2147483647
  readonly rtt_ms: number; // 0 to 60000
}

/** A fast-lane message of a client without a data channel: base64 of the binary form (docs/wire.md). */
export interface FastUp {
  readonly type: "fast_up";
  readonly body: string; // base64, 0 to 1200 bytes
}

/**
 * Put a study that my institution, or its PACS, has into the consultation's folder. What is uploaded into the
 * consultation shares itself. Refused: `not_found`, `source_unavailable`, `too_many`.
 */
export interface ShareStudy {
  readonly type: "share_study";
  readonly re: number; // 1 to 2147483647
  readonly study: StudyId; // matches ^(?=[0-9.]{1,64}$)(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))*$
  readonly source: PictureSource;
}

/** The pictures name another patient, and it is right all the same. */
export interface ConfirmStudy {
  readonly type: "confirm_study";
  readonly re: number; // 1 to 2147483647
  readonly study: StudyId; // matches ^(?=[0-9.]{1,64}$)(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))*$
}

/** Out of the folder: who shared it, or the requester. Refused: `forbidden`, `not_found`. */
export interface WithdrawStudy {
  readonly type: "withdraw_study";
  readonly re: number; // 1 to 2147483647
  readonly study: StudyId; // matches ^(?=[0-9.]{1,64}$)(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))*$
}

/** The leader's viewports, row by row. */
export interface ChangeLayout {
  readonly type: "change_layout";
  readonly re: number; // 1 to 2147483647
  readonly epoch: number; // 1 to 65535
  readonly rows: number; // 1 to 2
  readonly columns: number; // 1 to 2
}

/**
 * The leader's View at rest; what is null stays. `counter`: of my last fast-lane message of this viewport, 0 =
 * none. Refused: `not_leading`, `not_found` (no such viewport, or not in the folder), `patient_unconfirmed`.
 */
export interface ChangeView {
  readonly type: "change_view";
  readonly re: number; // 1 to 2147483647
  readonly epoch: number; // 1 to 65535
  readonly viewport: number; // 0 to 3
  readonly image: Picture | null;
  readonly area: Area | null;
  readonly voi: Voi | null;
  readonly cine: Cine | null;
  readonly counter: number; // 0 to 4294967295
}

/** I would like to lead. */
export interface AskLead {
  readonly type: "ask_lead";
  readonly re: number; // 1 to 2147483647
}

/** The bedside side lets a participant lead. Refused: `forbidden`, `not_found`. */
export interface GiveLead {
  readonly type: "give_lead";
  readonly re: number; // 1 to 2147483647
  readonly participant: ParticipantId; // 1 to 65535
}

/** The bedside side leads again, at once. Refused: `forbidden`. */
export interface TakeLead {
  readonly type: "take_lead";
  readonly re: number; // 1 to 2147483647
}

/** Who leads gives it back to the bedside. */
export interface ReturnLead {
  readonly type: "return_lead";
  readonly re: number; // 1 to 2147483647
}

/** What I see of what the leader shows. Not answered. */
export interface SayShowing {
  readonly type: "say_showing";
  readonly showing: Showing;
  readonly behind: number; // 0 to 100000
}

/**
 * Draw. The same key again is the same mark. Refused: `malformed` (the wrong number of points, not on exactly one
 * thing), `not_found` (not in the folder, no such track), `too_many`.
 */
export interface AddMark {
  readonly type: "add_mark";
  readonly re: number; // 1 to 2147483647
  readonly mark: Mark;
}

/** Take back one's own mark. */
export interface RemoveMark {
  readonly type: "remove_mark";
  readonly re: number; // 1 to 2147483647
  readonly key: string; // matches ^[0-9A-Za-z_-]{1,36}$
}

/** Say where to move the probe. */
export interface GiveCue {
  readonly type: "give_cue";
  readonly re: number; // 1 to 2147483647
  readonly cue: Cue;
}

/** Ask for something at the ultrasound machine. */
export interface AskMachine {
  readonly type: "ask_machine";
  readonly re: number; // 1 to 2147483647
  readonly key: string; // matches ^[0-9A-Za-z_-]{1,36}$
  readonly control: MachineControl;
}

/** The operator did it, or will not. Refused: `forbidden`, `not_found`. */
export interface AnswerMachine {
  readonly type: "answer_machine";
  readonly re: number; // 1 to 2147483647
  readonly key: string; // matches ^[0-9A-Za-z_-]{1,36}$
  readonly done: boolean;
}

/**
 * This frame of live video becomes a still: its publisher is asked for its own picture first, then what was
 * transmitted is decoded. Refused: `not_found`, `too_many`.
 */
export interface AskFreeze {
  readonly type: "ask_freeze";
  readonly re: number; // 1 to 2147483647
  readonly key: string; // matches ^[0-9A-Za-z_-]{1,36}$
  readonly frame: FrameKey;
}

/** The publisher no longer has that frame. */
export interface DeclineFreeze {
  readonly type: "decline_freeze";
  readonly re: number; // 1 to 2147483647
  readonly key: string; // matches ^[0-9A-Za-z_-]{1,36}$
}

/**
 * The patient or the guardian agreed, and recording begins. The same key again is the same consent. Refused:
 * `forbidden` (only the bedside takes it), `malformed` (what this kind needs is missing, or it is over already),
 * `not_found` (no such attachment).
 */
export interface GiveConsent {
  readonly type: "give_consent";
  readonly re: number; // 1 to 2147483647
  readonly consent: Consent;
}

/** It holds no longer, and recording stops. Refused: `forbidden`, `out_of_state`. */
export interface WithdrawConsent {
  readonly type: "withdraw_consent";
  readonly re: number; // 1 to 2147483647
}

/** Leave out what follows. Refused: `malformed` (not a reason that people have), `out_of_state`. */
export interface PauseRecording {
  readonly type: "pause_recording";
  readonly re: number; // 1 to 2147483647
  readonly reason: GapReason;
}

/** Go on with it. Refused: `out_of_state`. */
export interface ResumeRecording {
  readonly type: "resume_recording";
  readonly re: number; // 1 to 2147483647
}

export type ClientMessage =
  | Hello
  | SetOnCall
  | Call
  | CancelCall
  | AnswerCall
  | DeclineCall
  | Enter
  | Join
  | Resume
  | Offer
  | SetMedia
  | Chat
  | Watch
  | Invite
  | CancelInvitation
  | HangUp
  | Leave
  | Ping
  | FastUp
  | ShareStudy
  | ConfirmStudy
  | WithdrawStudy
  | ChangeLayout
  | ChangeView
  | AskLead
  | GiveLead
  | TakeLead
  | ReturnLead
  | SayShowing
  | AddMark
  | RemoveMark
  | GiveCue
  | AskMachine
  | AnswerMachine
  | AskFreeze
  | DeclineFreeze
  | GiveConsent
  | WithdrawConsent
  | PauseRecording
  | ResumeRecording;
export type ClientMessageType = ClientMessage["type"];

// ---- Messages from the server to the page --------------------------------------------------------------------------

/**
 * Sent after `hello` and whenever it changed, whole: it is small. `departments`: every one that can be asked for;
 * `unreachable`: who is on duty and cannot be rung.
 */
export interface Lobby {
  readonly type: "lobby";
  readonly me: Person;
  readonly on_call: readonly OnCall[];
  readonly am_on_call: boolean;
  readonly consultations: readonly Brief[];
  readonly departments: readonly DepartmentOnCall[];
  readonly unreachable: readonly OnDuty[];
}

/** Somebody rings me: a call, or (`kind`) a consultation that is going on, into which `inviter` asks me. */
export interface Incoming {
  readonly type: "incoming";
  readonly consultation: ConsultationId; // matches ^[a-z2-7]{26}$
  readonly requester: Person;
  readonly patient: Patient;
  readonly reason: string; // 1 to 1000 characters
  readonly urgency: Urgency;
  readonly timeout_ms: number;
  readonly kind: IncomingKind;
  readonly inviter: Person | null;
}

/** It rings no more: answered, cancelled, timed out. */
export interface IncomingEnded {
  readonly type: "incoming_ended";
  readonly consultation: ConsultationId; // matches ^[a-z2-7]{26}$
  readonly reason: CloseReason;
}

/** The consultation exists and rings; the token lets the caller join at once. */
export interface Calling {
  readonly type: "calling";
  readonly re: number; // 1 to 2147483647
  readonly consultation: ConsultationId; // matches ^[a-z2-7]{26}$
  readonly token: string; // 16 to 2048 characters
}

/** A short-lived, single-use token to `join` with. */
export interface Ticket {
  readonly type: "ticket";
  readonly re: number; // 1 to 2147483647
  readonly consultation: ConsultationId; // matches ^[a-z2-7]{26}$
  readonly token: string; // 16 to 2048 characters
}

/**
 * `t` is the session clock now (µs); `resume` the token for `resume`; `state` is null where `events` suffice;
 * `state_hash` is that of the state at `seq` (docs/wire.md).
 */
export interface JoinedReply {
  readonly type: "joined";
  readonly re: number; // 1 to 2147483647
  readonly consultation: ConsultationId; // matches ^[a-z2-7]{26}$
  readonly participant: ParticipantId; // 1 to 65535
  readonly t: number;
  readonly seq: number;
  readonly resume: string; // 16 to 2048 characters
  readonly answer: string | null; // 1 to 65536 characters
  readonly state: State | null;
  readonly events: readonly LogEvent[];
  readonly state_hash: string;
  readonly slots: readonly SlotState[];
}

/** The answer to a new `offer`, and what the slots show. */
export interface AnswerMessage {
  readonly type: "answer";
  readonly re: number; // 1 to 2147483647
  readonly answer: string; // 1 to 65536 characters
  readonly slots: readonly SlotState[];
}

/** New events of the log, in order, without gaps. */
export interface Events {
  readonly type: "events";
  readonly events: readonly LogEvent[];
}

/** This slot now shows this track. `new SSRC, same m-section`: nothing to negotiate. */
export interface SlotChanged {
  readonly type: "slot_changed";
  readonly mid: Mid; // matches ^[0-9A-Za-z_.-]{1,16}$
  readonly track: TrackId | null; // 1 to 4294967295
}

/** A request without another answer was carried out. */
export interface Done {
  readonly type: "done";
  readonly re: number; // 1 to 2147483647
}

/**
 * What the server measures of a participant's links, every second or two. `up`: from them to us; `down`: from
 * us to them. Loss in 1/1000, round trip and jitter in ms, -1 = not known.
 */
export interface Quality {
  readonly type: "quality";
  readonly participant: ParticipantId; // 1 to 65535
  readonly transport: Transport;
  readonly rtt_ms: number;
  readonly up_loss: number;
  readonly up_kbps: number;
  readonly down_loss: number;
  readonly down_kbps: number;
  readonly jitter_ms: number;
}

/** Something about a track that is not an event of the log. */
export interface TrackNotice {
  readonly type: "track_notice";
  readonly track: TrackId; // 1 to 4294967295
  readonly notice: Notice;
}

/**
 * `t` is the session clock (µs), 0 outside a consultation; `at` the server's wall clock (Unix ms): the pages show
 * its time, whatever their machine's clock says.
 */
export interface Pong {
  readonly type: "pong";
  readonly n: number;
  readonly t: number;
  readonly at: number;
}

/** A fast-lane message of `participant` for a client without a data channel. */
export interface FastDown {
  readonly type: "fast_down";
  readonly participant: ParticipantId; // 1 to 65535
  readonly body: string; // base64, 0 to 1200 bytes
}

/**
 * One clear error. `re` 0 = not the answer to a request. `detail` is for developers: never shown,
 * never personal.
 */
export interface ErrorMessage {
  readonly type: "error";
  readonly re: number;
  readonly code: ErrorCode;
  readonly detail: string;
}

/**
 * The server is about to stop: no new calls, and running ones are cut after `within_s` seconds at the latest.
 * They come back after the restart. Said to every page, and to those that come while it waits.
 */
export interface Stopping {
  readonly type: "stopping";
  readonly within_s: number; // 0 to 86400
}

/** The last message before the server closes the socket. */
export interface Goodbye {
  readonly type: "goodbye";
  readonly reason: CloseReason;
}

export type ServerMessage =
  | Lobby
  | Incoming
  | IncomingEnded
  | Calling
  | Ticket
  | JoinedReply
  | AnswerMessage
  | Events
  | SlotChanged
  | Done
  | Quality
  | TrackNotice
  | Pong
  | FastDown
  | ErrorMessage
  | Stopping
  | Goodbye;
export type ServerMessageType = ServerMessage["type"];

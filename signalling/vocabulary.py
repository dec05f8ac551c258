"""The closed vocabularies of the wire: versions, roles, purposes, reasons, codes. Adding a word is a wire change."""

from enum import StrEnum
from typing import Final

WIRE_VERSION: Final = 1


class Role(StrEnum):
    """What an account may be; what each may do is decided in `sefaw_rtc.access.decide`."""

    VILLAGE_DOCTOR = "village_doctor"
    OPERATOR = "operator"
    SPECIALIST = "specialist"
    REVIEWER = "reviewer"
    OBSERVER = "observer"
    PATIENT = "patient"
    ADMINISTRATOR = "administrator"


class Kind(StrEnum):
    AUDIO = "audio"
    VIDEO = "video"


class Purpose(StrEnum):
    """What a Track shows or lets hear. The order is the order of care: probe first."""

    PROBE = "probe"
    SCREEN = "screen"
    FACE = "face"
    ROOM = "room"


class Urgency(StrEnum):
    ROUTINE = "routine"
    URGENT = "urgent"
    EMERGENCY = "emergency"


class Sex(StrEnum):
    FEMALE = "female"
    MALE = "male"
    OTHER = "other"
    UNKNOWN = "unknown"


class Status(StrEnum):
    """Where a consultation is; only ever forward."""

    REQUESTED = "requested"
    RINGING = "ringing"
    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"


class IncomingKind(StrEnum):
    """What rings: a new call, or a consultation that is going on and asks one in."""

    CALL = "call"
    INVITATION = "invitation"


class DeclineReason(StrEnum):
    BUSY = "busy"
    NOT_MY_FIELD = "not_my_field"
    TECHNICAL = "technical"
    OTHER = "other"


class Transport(StrEnum):
    """How a participant's packets travel; `none` = media is not connected."""

    NONE = "none"
    UDP = "udp"
    TCP = "tcp"


class Notice(StrEnum):
    """How a track is doing right now, as the plane sees it."""

    LIVE = "live"
    SILENT = "silent"  # no packet for 3 s although it is published
    NO_KEYFRAMES = "no_keyframes"  # the encoder ignores our requests
    CODEC_UNSUPPORTED = "codec_unsupported"  # this receiver did not offer the track's codec
    SUSPENDED = "suspended"  # this receiver's link is too weak for pictures: its sound goes on


class AttachmentKind(StrEnum):
    """What a chat line carries besides its text."""

    PICTURE = "picture"
    VOICE = "voice"


class Step(StrEnum):
    """What the plane and the server saw of a participant's media, for the timeline (`Observed`). `value` is in the
    unit that stands behind each."""

    ICE_CONNECTED = "ice_connected"  # ms since the offer
    DTLS_CONNECTED = "dtls_connected"  # ms since the offer
    FIRST_PACKET = "first_packet"  # ms since the track was published
    FIRST_KEYFRAME = "first_keyframe"  # ms since the track was published
    PATH_CHANGED = "path_changed"  # 1 = now UDP, 2 = now TCP
    LOSS_BEGAN = "loss_began"  # 1/1000, the worse direction
    LOSS_ENDED = "loss_ended"  # 1/1000, the most while it lasted
    MEDIA_ENDED = "media_ended"  # ms since it was connected
    KEYFRAMES_MISSING = "keyframes_missing"  # 0
    KEYFRAMES_BACK = "keyframes_back"  # 0
    VIDEO_SUSPENDED = "video_suspended"  # kbit/s that its link still carried
    VIDEO_RESUMED = "video_resumed"  # kbit/s that its link carries
    STORAGE_FAILED = "storage_failed"  # 0; from here on the log waits in memory
    STORAGE_BACK = "storage_back"  # events that waited in memory
    STORAGE_LOST = "storage_lost"  # events that could not be kept


class PictureSource(StrEnum):
    """Where a study's pictures are kept."""

    FOLDER = "folder"  # this server's own
    PACS = "pacs"  # a DICOMweb server of the hospital


class PictureFault(StrEnum):
    """Why a file that somebody brought is not taken. The page has words for each."""

    NOT_DICOM = "not_dicom"
    TRUNCATED = "truncated"
    BROKEN = "broken"
    NO_IDENTITY = "no_identity"  # a UID is missing or is none
    CONFLICT = "conflict"  # the same UID is here with other content
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    BOMB = "bomb"  # it would unpack to more than it may
    UNSAFE_NAME = "unsafe_name"
    ENCRYPTED = "encrypted"
    UNSUPPORTED = "unsupported"
    STORAGE_FULL = "storage_full"


class ConsentKind(StrEnum):
    """How a consent was given."""

    SPOKEN = "spoken"  # a clip of its own
    WITNESSED = "witnessed"  # before a witness, who is named
    SIGNED = "signed"  # on a form, photographed


class ConsentGiver(StrEnum):
    PATIENT = "patient"
    GUARDIAN = "guardian"


class ConsentUse(StrEnum):
    """What the recording may serve."""

    CARE = "care"  # the patient's own record
    QUALITY = "quality"  # replay and review
    TEACHING = "teaching"  # a copy that names nobody


class ConsentEnd(StrEnum):
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class AccessKind(StrEnum):
    """What somebody wants of what is kept of a consultation that is over."""

    REPLAY = "replay"  # look at it as it was
    FETCH = "fetch"  # one file of the recording
    EXPORT = "export"  # everything, to carry away
    TEACHING = "teaching"  # a copy that names nobody
    RECORD = "record"  # what was asked and answered, and when: the summary, the timeline
    PICTURES = "pictures"  # the folder, its pictures, what was sent in the chat


class AccessPurpose(StrEnum):
    """What for."""

    CARE = "care"
    REVIEW = "review"  # quality control
    TEACHING = "teaching"
    ADMINISTRATION = "administration"  # of the server


class GrantData(StrEnum):
    """Which part of a consultation a grant opens."""

    RECORD = "record"  # what was asked and answered, and when
    PICTURES = "pictures"  # the folder, stills, what was sent in the chat
    RECORDING = "recording"  # sound and picture
    COPY = "copy"  # everything, to carry away


class Ground(StrEnum):
    """Why `decide()` said yes or no; goes into the log with the decision."""

    PUBLIC = "public"
    TABLE = "table"  # by role and relation
    GRANT = "grant"  # the patient, or the doctor with them, opened it
    SCRAPER = "scraper"
    NOT_SIGNED_IN = "not_signed_in"
    EXPIRED = "expired"
    DISABLED = "disabled"
    REVOKED = "revoked"
    ROLE = "role"
    SCOPE = "scope"  # not what this token or connection is for
    OTHER_CONSULTATION = "other_consultation"
    OTHER_INSTITUTION = "other_institution"
    NOT_PARTICIPANT = "not_participant"
    NOT_HOLDER = "not_holder"
    GRANT_ENDED = "grant_ended"  # there was a grant: it is over, or taken back
    NO_CONSENT = "no_consent"  # the patient's consent does not cover it (any more)


class RecordingStatus(StrEnum):
    OFF = "off"
    ON = "on"
    PAUSED = "paused"


class GapReason(StrEnum):
    """Why the recording does not hold something: first what people decide, then what happens to the server."""

    PRIVATE = "private"  # something that nobody else is to see
    ASKED = "asked"  # the patient asked for it
    OTHER = "other"
    SLOW = "slow"  # the disk could not follow
    FULL = "full"
    FAILED = "failed"  # the disk refused
    RESTARTED = "restarted"  # the server was not there


class LengthUnit(StrEnum):
    MM = "mm"
    PX = "px"


class VoiFunction(StrEnum):
    """DICOM PS3.3 C.11.2.1.2 and C.11.2.1.3; `table`: each picture's own first VOI LUT, centre and width its domain."""

    LINEAR = "linear"
    LINEAR_EXACT = "linear_exact"
    SIGMOID = "sigmoid"
    TABLE = "table"


class ColourMap(StrEnum):
    """DICOM's well-known palettes (PS3.6 B)."""

    GREY = "grey"
    HOT_IRON = "hot_iron"
    PET = "pet"
    HOT_METAL_BLUE = "hot_metal_blue"
    PET_20_STEP = "pet_20_step"


class Shape(StrEnum):
    """What is drawn, with how many points."""

    ARROW = "arrow"  # 2: where it begins, what it points at
    STROKE = "stroke"  # 2 or more, freehand
    BOX = "box"  # 2: opposite corners
    ELLIPSE = "ellipse"  # 2: opposite corners of the box around it
    TEXT = "text"  # 1
    LENGTH = "length"  # 2
    ANGLE = "angle"  # 3: the vertex is the second
    CALIPER = "caliper"  # 2: a length in the region of an ultrasound picture


class MeasureUnit(StrEnum):
    MM = "mm"
    MM2 = "mm2"
    PX = "px"
    PX2 = "px2"
    DEGREE = "degree"
    SECOND = "second"
    CM_PER_S = "cm_per_s"


class LeadReason(StrEnum):
    """Why the lead is with somebody else."""

    BEGAN = "began"
    GRANTED = "granted"
    TAKEN_BACK = "taken_back"
    RETURNED = "returned"
    HOLDER_LEFT = "holder_left"


class Showing(StrEnum):
    """What a participant sees of what the leader shows."""

    SHOWN = "shown"
    OWN = "own"  # looks on its own
    LOADING = "loading"  # `behind` pictures are still on their way
    UNSUPPORTED = "unsupported"  # this browser cannot show it
    CPU_ONLY = "cpu_only"  # shown, slowly
    LOST = "lost"  # it failed to load


class Cue(StrEnum):
    """How to move the probe, seen by who holds it."""

    TILT_LEFT = "tilt_left"
    TILT_RIGHT = "tilt_right"
    TILT_UP = "tilt_up"
    TILT_DOWN = "tilt_down"
    ROTATE_CLOCKWISE = "rotate_clockwise"
    ROTATE_COUNTERCLOCKWISE = "rotate_counterclockwise"
    SLIDE_LEFT = "slide_left"
    SLIDE_RIGHT = "slide_right"
    SLIDE_UP = "slide_up"
    SLIDE_DOWN = "slide_down"
    PRESS_MORE = "press_more"
    PRESS_LESS = "press_less"
    FAN = "fan"
    HOLD = "hold"


class MachineControl(StrEnum):
    """What may be asked of the operator at the machine; smooth and sharp: of the page that sends the picture."""

    DEPTH_MORE = "depth_more"
    DEPTH_LESS = "depth_less"
    GAIN_MORE = "gain_more"
    GAIN_LESS = "gain_less"
    FREEZE = "freeze"
    UNFREEZE = "unfreeze"
    SMOOTH = "smooth"
    SHARP = "sharp"


class FreezeFault(StrEnum):
    """Why a frame did not become a still."""

    FRAME_GONE = "frame_gone"
    NO_ANSWER = "no_answer"
    UNREADABLE = "unreadable"
    STORAGE_FULL = "storage_full"


class CloseReason(StrEnum):
    """Why a consultation, a participant, a track, a ring or a connection ended. Log, metric and wire agree."""

    HUNG_UP = "hung_up"
    CANCELLED = "cancelled"
    DECLINED = "declined"
    NOBODY_ON_CALL = "nobody_on_call"
    NO_ANSWER = "no_answer"
    ANSWERED_ELSEWHERE = "answered_elsewhere"
    LEFT = "left"
    CONNECTION_LOST = "connection_lost"
    ABANDONED = "abandoned"
    REPLACED = "replaced"
    UNPUBLISHED = "unpublished"
    NETWORK_BLOCKED = "network_blocked"
    SECURITY_FAILED = "security_failed"
    MEDIA_FAILED = "media_failed"
    PROTOCOL_VIOLATION = "protocol_violation"
    TOO_SLOW = "too_slow"
    TOKEN_EXPIRED = "token_expired"  # noqa: S105 - a code
    ACCESS_REVOKED = "access_revoked"
    ENDED_BY_ADMINISTRATOR = "ended_by_administrator"
    SERVER_STOPPING = "server_stopping"
    INTERNAL_ERROR = "internal_error"


class ErrorCode(StrEnum):
    """Every error a client can be told, on the wire and in problem bodies. The page has words for each."""

    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    VERSION_UNSUPPORTED = "version_unsupported"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    TOKEN_INVALID = "token_invalid"  # noqa: S105 - a code
    TOKEN_EXPIRED = "token_expired"  # noqa: S105 - a code
    TOKEN_REPLAYED = "token_replayed"  # noqa: S105 - a code
    CSRF_FAILED = "csrf_failed"
    CREDENTIALS_WRONG = "credentials_wrong"
    ACCOUNT_DISABLED = "account_disabled"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    CONFLICT = "conflict"
    OUT_OF_STATE = "out_of_state"
    ALREADY_ANSWERED = "already_answered"
    NOBODY_ON_CALL = "nobody_on_call"
    NOT_ON_CALL = "not_on_call"
    CONSULTATION_CLOSED = "consultation_closed"
    CONSULTATION_FULL = "consultation_full"
    SDP_MALFORMED = "sdp_malformed"
    NO_COMMON_CODEC = "no_common_codec"
    MEDIA_UNAVAILABLE = "media_unavailable"
    STORAGE_FULL = "storage_full"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    STOPPING = "stopping"
    NOT_LEADING = "not_leading"  # somebody else leads by now
    PATIENT_UNCONFIRMED = "patient_unconfirmed"  # the pictures name another patient: answer that first
    SOURCE_UNAVAILABLE = "source_unavailable"  # the PACS does not answer: try again
    PICTURE_UNSUPPORTED = "picture_unsupported"
    NO_CONSENT = "no_consent"  # the patient's consent does not cover it (any more)
    GRANT_ENDED = "grant_ended"  # there was a grant: it is over, or was taken back
    BUSY = "busy"  # the database is held by another program: nothing was done, try again
    NOT_READY = "not_ready"  # the recording is being prepared: try again soon
    ERASED = "erased"  # the recording was erased for good
    BLIND = "blind"  # would name people to a reviewer who reads apart from another
    KEY_MISSING = "key_missing"  # it is sealed with a key that is not here
    ELSEWHERE = "elsewhere"  # it is kept in an object store that does not give it: try again
    DAMAGED = "damaged"  # what is kept is not what was written
    INTERNAL = "internal"

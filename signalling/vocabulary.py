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
    BUSY = "busy"  # the database is held by another program: nothing was done, try again
    INTERNAL = "internal"

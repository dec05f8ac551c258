"""The limits and times of a consultation, each with its reason. Times are µs, as the session clock."""

from dataclasses import dataclass

SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Policy:
    """What a consultation allows and how long it waits."""

    ring_timeout_us: int = 30 * SECOND  # one specialist: long enough to walk to the desk
    total_ring_us: int = 120 * SECOND  # all of them: then the village doctor must know that nobody comes
    seat_kept_us: int = 60 * SECOND  # a lost connection: a reload, a dead spot, a change of network
    abandoned_us: int = 120 * SECOND  # neither doctor is there: two seats' worth of waiting
    keep_open: bool = False  # never abandoned (a demo, a test bench)
    max_participants: int = 16  # seats at a time; what a room of screens can still show
    max_people: int = 64  # different accounts over the whole consultation: bounds the state
    max_tracks: int = 32  # two for everybody
    max_tracks_each: int = 8  # as many as one offer may name (signalling.messages.Media.sends)
    chat_burst: int = 10  # lines at once: a pasted list
    chat_per_s: int = 2  # lines in the long run: faster than anybody types
    max_invitations: int = 4  # people rung at once besides the two: a ward round, not a broadcast
    invitations_burst: int = 10  # asked in a row: a list tried from the top
    invitations_per_s: int = 1  # in the long run: nobody's telephone is a toy
    changes_burst: int = 40  # published, unpublished, muted … at once: a few renegotiations
    changes_per_s: int = 4  # in the long run: a mute button held down
    observed_burst: int = 100  # notes of one participant's media at once: a join with all its tracks makes twenty
    observed_per_s: int = 1  # in the long run: a line that comes and goes

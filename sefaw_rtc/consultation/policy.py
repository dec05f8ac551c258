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
    max_studies: int = 64  # in the folder: a long history with all its examinations
    max_series: int = 512  # in all of them: a PET-CT with every reconstruction has forty
    shares_burst: int = 600  # studies and series at once: the largest folder in one go
    shares_per_s: int = 4  # in the long run: a series tells its growth once a second, not once an instance
    lead_burst: int = 10  # asked for, given and taken at once: a hand-over that goes to and fro
    lead_per_s: int = 1  # in the long run: 65,535 epochs then last for eighteen hours
    views_burst: int = 60  # Views at rest at once: a hanging protocol that fills four viewports
    views_per_s: int = 10  # in the long run: four groups of two viewports, changed by a busy hand
    marks_burst: int = 60  # marks at once: those of a still, brought back
    marks_per_s: int = 6  # in the long run: short strokes of a pen
    cues_burst: int = 10  # cues at once: "more, more"
    cues_per_s: int = 3  # in the long run: faster than a hand moves a probe
    asks_burst: int = 10  # asked of the machine at once: some steps of depth
    asks_per_s: int = 1  # in the long run: somebody has to press each
    max_requests: int = 16  # not answered: more than anybody reads
    consent_burst: int = 10  # consents, pauses at once: a form corrected, a curtain drawn
    consent_per_s: int = 1  # in the long run: each is a line that everybody sees
    showing_burst: int = 20  # what somebody sees, at once: a series opened and closed
    showing_per_s: int = 2  # in the long run: pictures counted down while they load
    freezes_burst: int = 10  # stills at once: one of every view of an organ
    freezes_per_s: int = 1  # in the long run: each is a picture that is kept
    max_open_freezes: int = 8  # not there yet: bounds what publisher and plane do at once
    freeze_publisher_us: int = 3 * SECOND  # for the publisher's answer: its ring holds the frame for about one
    freeze_upload_us: int = 30 * SECOND  # for its picture, once it comes: 1 MB over 300 kbit/s
    freeze_grab_us: int = 8 * SECOND  # for the plane and a decoder: a group of pictures from its keyframe on

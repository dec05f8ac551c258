"""One consultation's reviews with their events, as the server keeps them; and forms to fill."""

from typing import Any

import msgspec

from recordings.review import decide
from recordings.review import review as rv
from recordings.review.forms import ReadForm, built_in, parse
from recordings.review.review import Answer, Case, Filled, Frame, Picture, Reviews, Stretch
from signalling.ids import AccountId, InstanceId, TrackId
from signalling.looking import FrameKey

ANN, BEN, CAI, DOCTOR = (AccountId(letter * 26) for letter in "abcd")
HOUR = 3_600_000_000  # µs
RADPEER = built_in()["radpeer", 1]
REMOTE = built_in()["remote-consultation", 1]
SEEN_AT = [
    Stretch(from_t=5, to_t=9),
    Frame(frame=FrameKey(track=TrackId(3), rtp=90_000)),
    Picture(instance=InstanceId("1.2.3"), frame=4),
]
WORDS = {"en": "a", "zh-CN": "一"}
NUMBERS = parse(
    msgspec.json.encode(
        {
            "id": "numbers",
            "version": 1,
            "title": WORDS,
            "source": WORDS,
            "items": [
                {"type": "number", "id": "score", "words": WORDS, "lowest": -2, "highest": 10, "tolerance": 2},
                {"type": "text", "id": "why", "words": WORDS, "required": True, "most": 5},
            ],
        }
    )
)


def filled(score: str, **more: Any) -> Filled:
    moments = [] if score == "1" else SEEN_AT
    return Filled(answers=[Answer(item="score", value=score, moments=moments)], **more)


def remote(*scores: int) -> Filled:
    names = ("response_time", "completeness", "image_quality", "communication")
    return Filled(answers=[Answer(item=n, value=str(s), moments=SEEN_AT) for n, s in zip(names, scores, strict=True)])


class Desk:
    """One consultation's reviews with their events, as the server will keep them."""

    def __init__(self, read: ReadForm = RADPEER, *, double: bool = True) -> None:
        self.state = Reviews(consultation="c" * 26)  # type: ignore[arg-type]
        self.write(ANN, decide.open_case(self.state, read, double=double))

    def write(self, by: AccountId, body: rv.Body) -> None:
        event = rv.ReviewEvent(seq=self.state.seq + 1, at=1000 + self.state.seq, by=by, body=body)
        assert msgspec.json.decode(msgspec.json.encode(event), type=rv.ReviewEvent) == event
        self.state = rv.fold(self.state, event)

    @property
    def case(self) -> Case:
        return self.state.cases[0]

    def begin(self, by: AccountId) -> int:
        body = decide.begin(self.case, by, took_part={DOCTOR})
        self.write(by, body)
        return body.review

    def submit(self, by: AccountId, number: int, form: Filled) -> None:
        self.write(by, decide.submit(self.case, number, by, form, built_in(), HOUR))

    def review(self, by: AccountId, form: Filled) -> int:
        number = self.begin(by)
        self.submit(by, number, form)
        return number

    def adjudicate(self, by: AccountId, *answers: Answer) -> None:
        body = decide.adjudicate(self.case, by, list(answers), "why", built_in(), end_t=HOUR, took_part={DOCTOR})
        self.write(by, body)

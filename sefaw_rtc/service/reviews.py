"""All reviews of this server: in memory as folded, on disk as sealed events (`recordings.review.journal`). Every event
is written and synced before it is folded here or told to anybody; one writer at a time for each consultation.

What has no data key any more was erased: it is forgotten at the next look, on disk it cannot be read.
"""

import asyncio
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar
from weakref import WeakValueDictionary

import msgspec

from recordings import ArchiveError, Erased, Keyring, StorageFull
from recordings.crypt import KEY_FILE
from recordings.review import Reviews, fold, fold_all, seen_by
from recordings.review.decide import Refused
from recordings.review.journal import FILE, MOST_BYTES, ReviewWriter, read_reviews
from recordings.review.review import Body, CaseAdjudicated, ReviewEvent, ReviewSubmitted
from recordings.tlog import LeafKind
from sefaw_rtc import logs
from sefaw_rtc.errors import NotFound, TooMany, UserError
from sefaw_rtc.service.clock import unix_ms
from sefaw_rtc.service.notary import Notary
from signalling.canonical import canonical
from signalling.ids import AccountId, ConsultationId
from signalling.vocabulary import ErrorCode

B = TypeVar("B", bound=Body)

log = logs.get("service")


class ReviewBooks:
    """One per server. `load` before anything else."""

    def __init__(self, archive: Path, keyring: Keyring, notary: Notary) -> None:
        self._archive = archive
        self._keyring = keyring
        self._notary = notary
        self._books: dict[ConsultationId, Reviews] = {}
        self._locks: WeakValueDictionary[ConsultationId, asyncio.Lock] = WeakValueDictionary()

    async def load(self) -> None:
        """Read what there is. A file that cannot be read is left where it is, and said."""
        for consultation, events in (await asyncio.to_thread(self._read_all)).items():
            book = fold_all(Reviews(consultation=consultation), events)
            self._books.setdefault(consultation, book)  # what was written meanwhile is newer
            self._note(consultation, events)  # what a kill took away

    def of(self, consultation: ConsultationId) -> Reviews:
        """A consultation's reviews, none if there are none."""
        book = self._books.get(consultation)
        if book is None or not self._present(consultation):
            self._books.pop(consultation, None)
            return Reviews(consultation=consultation)
        return book

    def __iter__(self) -> Iterator[Reviews]:
        """All that can still be read."""
        for consultation in list(self._books):
            book = self.of(consultation)
            if book.seq:
                yield book

    def blind(self, consultation: ConsultationId, account: AccountId) -> bool:
        """Whether this reviewer, who reviews it or may begin to, may learn no name of its people: two read it apart,
        and not both are in."""
        return not all(seen_by(case, account).names for case in self.of(consultation).cases)

    async def act(self, consultation: ConsultationId, by: AccountId | None, ask: Callable[[Reviews], B]) -> B:
        """Ask, write what follows, fold it. Raises what `ask` raises, UserError if it cannot be kept. `by` None: the
        sample."""
        lock = self._locks.setdefault(consultation, asyncio.Lock())
        async with lock:
            book, event, body = await asyncio.to_thread(self._write, consultation, by, ask)
            self._books[consultation] = book
        self._note(consultation, [event])
        return body

    def _write(
        self, consultation: ConsultationId, by: AccountId | None, ask: Callable[[Reviews], B]
    ) -> tuple[Reviews, ReviewEvent, B]:
        folder = self._keyring.folder(consultation)
        try:
            writer, events = ReviewWriter.open(folder, consultation, self._keyring.open(consultation))
            with writer:
                before = fold_all(Reviews(consultation=consultation), events)
                body = ask(before)
                if writer.size > MOST_BYTES:
                    raise TooMany("reviews")
                event = ReviewEvent(seq=before.seq + 1, at=unix_ms(), by=by, body=body)
                writer.add(event)
        except Erased:
            raise NotFound("consultation") from None
        except ArchiveError as error:
            log.warning("review not kept", consultation=consultation, error=type(error).__name__)
            code = ErrorCode.STORAGE_FULL if isinstance(error, StorageFull) else ErrorCode.INTERNAL
            raise UserError(code, "reviews") from None
        return fold(before, event), event, body

    def _note(self, consultation: ConsultationId, events: list[ReviewEvent]) -> None:
        """Scores are leaves of the transparency log, each about its event as it stands in the file."""
        for event in events:
            if isinstance(event.body, ReviewSubmitted | CaseAdjudicated):
                digest = hashlib.sha256(canonical(msgspec.to_builtins(event))).hexdigest()
                self._notary.note(consultation, LeafKind.SCORE, digest, f"{LeafKind.SCORE}-{event.seq:06}")

    def _read_all(self) -> dict[ConsultationId, list[ReviewEvent]]:
        found: dict[ConsultationId, list[ReviewEvent]] = {}
        for path in sorted(self._archive.glob(f"*/{FILE}")):
            consultation = ConsultationId(path.parent.name)
            try:
                found[consultation] = read_reviews(path.parent, consultation, self._keyring.open(consultation))
            except Erased:
                continue
            except ArchiveError as error:
                log.warning("reviews cannot be read", consultation=consultation, error=type(error).__name__)
                continue
        return found

    def _present(self, consultation: ConsultationId) -> bool:
        return (self._keyring.folder(consultation) / KEY_FILE).exists()


def told(refused: Refused) -> UserError:
    """What the case does not allow, as it is told."""
    return UserError(ErrorCode.OUT_OF_STATE, refused.reason.value)

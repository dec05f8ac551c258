"""Erasing a consultation from everything that this server has: sync, off the loop, and harmless when repeated, so that
one that was killed goes on at the next start.

The data key goes first and is what counts: from then on the log, the media and the sealed fields of the index are
noise. Then what was never sealed, or is not wanted any more. What stays is evidence: manifest, proofs, ciphertext.
"""

from collections.abc import Callable
from dataclasses import dataclass

from recordings import Erased, KeyDamaged, Keyring
from recordings.leaves import forget_guessable
from recordings.storage import typed
from sefaw_rtc.attachments import Shelf
from sefaw_rtc.dicom.folder import Folder
from sefaw_rtc.store import Store
from signalling.ids import ConsultationId


@dataclass(frozen=True)
class Eraser:
    """Whoever holds something of a consultation."""

    keyring: Keyring
    shelf: Shelf
    folder: Folder
    store: Store

    def erase(self, consultation: ConsultationId) -> tuple[str, ...]:
        """Names of what was removed. Raises `WrongKey`, `StorageFull`, `StorageFailed`, `StoreError`: what is not gone
        then is tried again."""
        if self._has_key(consultation):
            self.keyring.destroy(consultation)
        forget_guessable(self.keyring.folder(consultation))
        self.store.consultations.erase(consultation)
        self.store.replayed.forget(consultation)
        pictures = self.erase_pictures(consultation)
        return ("key", "index", *pictures)

    def erase_pictures(self, consultation: ConsultationId) -> tuple[str, ...]:
        """Attachments, and pictures that were brought into it. Raises `StorageFull`, `StorageFailed`."""
        attachments = _typed(lambda: self.shelf.erase(consultation))
        pictures = _typed(lambda: self.folder.erase(consultation))
        return (*(["attachments"] if attachments else []), *(["pictures"] if pictures else []))

    def _has_key(self, consultation: ConsultationId) -> bool:
        """With another site key than the archive's nothing is destroyed: what cannot be read here is not ours to
        judge. A key that is damaged opens nothing any more, and may go."""
        try:
            self.keyring.open(consultation)
        except Erased:
            return False
        except KeyDamaged:
            return True
        return True


def _typed(remove: Callable[[], int]) -> bool:
    try:
        return bool(remove())
    except OSError as error:
        raise typed(error) from None

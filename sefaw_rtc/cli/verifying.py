"""A sealed consultation as it lies in the archive, checked by `recordings/verify.py` as if it were a bundle: with the
keys of this node's logs, of its partners' witnesses and of its time stamp authority."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from cryptography import x509

from recordings import ArchiveError, Keyring, verify
from recordings.keeping import retention
from recordings.keeping.ledger import Ledgers
from recordings.leaves import PROOF, kept_leaves
from recordings.manifest import MANIFEST, FileKind, Manifest
from recordings.seal import place
from recordings.tlog import LeafKind
from recordings.tlog.serving import LOG_KEY
from sefaw_rtc.config import Config
from sefaw_rtc.service.own_log import FORMER, TLOG
from sefaw_rtc.service.rounds import partners_of
from signalling.ids import ConsultationId

LANGUAGES: Final = {"en": 0, "zh-CN": 1}


class Kept:
    """What `verify.py` reads instead of a bundle's folder: its names, and where they are here."""

    def __init__(self, folder: Path, log: Path, manifest: Manifest) -> None:
        names = [MANIFEST, *(one.name for one in manifest.files)]
        places = {name: place(folder, log, name) for name in names}
        places |= {f"{PROOF}/{path.name}": path for path in (folder / PROOF).glob("sealed.t*")}
        self._places = {name: path for name, path in places.items() if path.is_file() and not path.is_symlink()}
        self.sizes = {name: path.stat().st_size for name, path in self._places.items()}

    def open(self, name: str) -> BinaryIO:
        return self._places[name].open("rb")


@dataclass
class Verdict:
    """The four answers, the segments that are not what was written, and the files that were kept long enough."""

    found: verify.Verification
    changed_before: list[str] = field(default_factory=list)
    let_go: frozenset[str] = frozenset()

    @property
    def right(self) -> bool:
        """Nothing was changed, and nothing is missing that was not let go."""
        complete = self.found.answers["completeness"]
        whole = complete.answer != "no" or (self._gone and all("file" in one.facts for one in complete.problems))
        return (
            bool(whole) and self.found.answers["integrity"].answer != "no" and not self.changed_before + self._missing
        )

    def line(self, files: int) -> str:
        """In one line."""
        changed = _named(self.found, "integrity") + self.changed_before
        wrong = [
            f"{word}: {', '.join(names)}" for word, names in (("CHANGED", changed), ("MISSING", self._missing)) if names
        ]
        whole = "as sealed" if self.right else "; ".join(wrong) or "WRONG"
        gone = f" ({len(self._gone)} kept long enough and removed)" if self._gone else ""
        return f"{whole}, {files} files{gone}; {self._until('witnessed')}, {self._until('timestamped')}"

    @property
    def _missing(self) -> list[str]:
        return [name for name in _named(self.found, "completeness") if name not in self.let_go]

    @property
    def _gone(self) -> list[str]:
        return [name for name in _named(self.found, "completeness") if name in self.let_go]

    def _until(self, name: str) -> str:
        answer = self.found.answers[name]
        word = {"witnessed": "witnessed", "timestamped": "time-stamped"}[name]
        return f"{word} until {verify.moment(answer.until)}" if answer.answer == "yes" else f"not {word}"


def trust_of(config: Config, keyring: Keyring, consultation: ConsultationId) -> verify.Trust:
    """Whom this node believes: itself, and whom it asks. Raises `ConfigError`."""
    logs = [config.data / TLOG / LOG_KEY, *(config.data / TLOG / FORMER).glob(f"*/{LOG_KEY}")]
    witnesses = [str(one.witness) for one in partners_of(config).witnesses]
    roots = Path(config.tlog.tsa_roots).read_bytes() if config.tlog.tsa_url else b""
    try:
        key = keyring.open(consultation).raw
    except ArchiveError:
        key = None
    return verify.Trust(
        [verify.parse_key(path.read_text("utf-8").strip()) for path in logs if path.is_file()],
        [verify.parse_key(text) for text in witnesses],
        x509.load_pem_x509_certificates(roots) if roots else [],
        key,
        consultation=consultation,
    )


def let_go(config: Config, manifest: Manifest) -> frozenset[str]:
    """The names of files that the retention's clock removed, as its ledger says. Raises `LogDamaged`,
    `StorageFailed`."""
    return retention.let_go(manifest, Ledgers(config.data).read(manifest.consultation).aged)


def checked(
    folder: Path, log: Path, manifest: Manifest, trust: verify.Trust, gone: frozenset[str] = frozenset()
) -> Verdict:
    """Read every byte. `gone`: what need not be there. Raises `StorageFailed`."""
    found = verify.Verification(Kept(folder, log, manifest), trust)
    found.run()
    digests = {one.sha256 for one in manifest.files if one.kind is FileKind.MEDIA}
    written = {name: leaf for name, leaf in kept_leaves(folder).items() if leaf.kind is LeafKind.SEGMENT}
    return Verdict(found, sorted(name for name, leaf in written.items() if leaf.digest not in digests), gone)


def _named(found: verify.Verification, answer: str) -> list[str]:
    """The files that a problem is about."""
    return sorted({str(one.facts["file"]) for one in found.answers[answer].problems if "file" in one.facts})

"""`sefaw-rtc recordings hold | erase`: two people with their passwords, and nothing left."""

import fcntl
from pathlib import Path

import pytest

from recordings import Erased, read_consultation
from recordings.keeping.ledger import Ledgers
from sefaw_rtc.config import Config, Server
from sefaw_rtc.keyring import keyring_of
from tests.cli.test_cli import Run, run  # noqa: F401 - a fixture
from tests.cli.test_recordings import archive  # noqa: F401 - a fixture
from tests.recordings.segments import CONSULTATION


@pytest.fixture
def people(run: Run, archive: Path) -> Path:  # noqa: F811 - fixtures
    """Two administrators and a doctor; the consultation's log."""
    for user, role in (("anna", "administrator"), ("bo", "reviewer"), ("li", "specialist")):
        code, _, err = run(
            "user", "add", user, "--role", role, "--institution", "County", "--name", user, "--password-stdin",
            stdin=f"password of {user}\n",
        )  # fmt: skip
        assert code == 0, err
    return archive.parent.parent / "consultations/closed" / f"{CONSULTATION}.log"


def decide(run: Run, what: str, user: str, *more: str, password: str = "") -> tuple[int, str, str]:  # noqa: F811
    return run(
        "recordings", what, CONSULTATION, "--by", user, "--why", "the family asks", "--password-stdin", *more,
        stdin=f"{password or f'password of {user}'}\n",
    )  # fmt: skip


def test_two_people_erase(run: Run, people: Path) -> None:  # noqa: F811
    assert decide(run, "erase", "anna", "--confirm")[:2] == (2, "")
    assert decide(run, "erase", "anna")[0] == 0
    assert "a second person must" in decide(run, "erase", "anna", "--confirm")[2]
    code, out, _ = decide(run, "erase", "bo", "--confirm")
    assert (code, out) == (0, "Erased: key, index.\n")
    config = Config(server=Server(data="data"))
    with pytest.raises(Erased):
        read_consultation(people, keyring_of(config))
    kept = Ledgers(config.data).read(CONSULTATION)
    assert kept.erased is not None
    assert kept.asked is not None
    assert kept.asked.why == "the family asks"
    assert "decided already" in decide(run, "hold", "anna")[2]


@pytest.mark.parametrize(("user", "password"), [("li", ""), ("anna", "password of bo"), ("nobody", "")])
def test_who_may_not(run: Run, people: Path, user: str, password: str) -> None:  # noqa: F811
    code, _, err = decide(run, "erase", user, password=password)
    assert code == 2
    assert "Only an administrator" in err or "no account" in err
    assert Ledgers(Path("data")).all() == []


def test_a_hold_wins(run: Run, people: Path) -> None:  # noqa: F811
    assert decide(run, "hold", "bo")[1] == "It is held.\n"
    assert "legal hold" in decide(run, "erase", "anna")[2]
    assert decide(run, "hold", "anna", "--lift")[1] == "The hold is lifted.\n"
    assert "Asked for" in decide(run, "erase", "anna")[1]
    assert "withdrawn" in decide(run, "erase", "bo", "--withdraw")[1]


def test_a_running_server_does_it(run: Run, people: Path) -> None:  # noqa: F811
    decide(run, "erase", "anna")
    with Path("data/lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "The running server" in decide(run, "erase", "bo", "--confirm")[1]
    read_consultation(people, keyring_of(Config(server=Server(data="data"))))

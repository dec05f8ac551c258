"""The command line, run in this process; the server itself is a stand-in."""

import io
import json
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sefaw_rtc import cli
from sefaw_rtc.access import Audience, Passwords, Tokens, load_key
from sefaw_rtc.config import Config
from sefaw_rtc.operations.check import Finding, Level
from sefaw_rtc.store import ConsultationRecord, Store, new_id
from signalling.events import Patient
from signalling.ids import ConsultationId
from signalling.messages import Brief
from signalling.vocabulary import Role, Status, Urgency
from tests.keys import MadeKeys

NOW = 1_800_000_000
Run = Callable[..., tuple[int, str, str]]

# Hashing as cheap as it gets: what is tested here is the command line.
CHEAP = {"SEFAW_ACCESS_ARGON2_MEMORY_KIB": "8", "SEFAW_ACCESS_ARGON2_PASSES": "1"}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command line; gives exit status, standard output, standard error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("os.umask", lambda mask: 0)
    for variable, value in CHEAP.items():
        monkeypatch.setenv(variable, value)

    def call(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["sefaw-rtc", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return call


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Config, dict[str, Any]]]:
    """What `serve` was called with."""
    calls: list[tuple[Config, dict[str, Any]]] = []
    module = types.ModuleType("sefaw_rtc.web.main")
    module.serve = lambda config, **rest: calls.append((config, rest))  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sefaw_rtc.web.main", module)
    monkeypatch.setattr("sefaw_rtc.logs.configure", lambda *_: None)  # the test run's own logging stays
    return calls


def add(run: Run, user: str = "anna", role: str = "village_doctor") -> tuple[int, str, str]:
    return run(
        "user", "add", user, "--role", role, "--institution", "Clinic", "--name", "Anna", "--password-stdin",
        stdin="a long password\n",
    )  # fmt: skip


def test_serve_hands_over_the_effective_configuration(run: Run, served: list[tuple[Config, dict[str, Any]]]) -> None:
    code, _out, err = run(
        "serve", "--demo", "--demo-consultations", "3", "--no-bot", "--http", "127.0.0.1:0", "--media", "127.0.0.1:0",
        "--media", "[::1]:0", "--announce", "10.0.0.1:7881", "--data", "here", "--ready-file", "ready.json",
    )  # fmt: skip
    assert (code, err) == (0, "")
    [(config, rest)] = served
    assert config.server.http == "127.0.0.1:0"
    assert config.server.media == ["127.0.0.1:0", "[::1]:0"]
    assert config.server.announce == ["10.0.0.1:7881"]
    assert config.data == Path("here")
    assert rest == {"demo": True, "demo_consultations": 3, "bot": False, "ready_file": Path("ready.json")}


@pytest.mark.parametrize("address", ["0.0.0.0:8080", "[::]:8080", "192.0.2.1:80", "example.org:80"])
def test_plain_http_is_for_this_machine_only(
    run: Run, served: list[tuple[Config, dict[str, Any]]], address: str
) -> None:
    code, _out, err = run("serve", "--http", address)
    assert code == cli.EXIT_CONFIG
    assert "plain HTTP is for this machine only" in err
    assert served == []


@pytest.mark.parametrize("address", ["127.0.0.1:0", "127.3.2.1:80", "[::1]:0", "localhost:0"])
def test_plain_http_on_this_machine_is_fine(
    run: Run, served: list[tuple[Config, dict[str, Any]]], address: str
) -> None:
    assert run("serve", "--http", address)[0] == 0
    assert served[0][0].server.http == address


def test_on_a_lan_it_makes_its_certificate_itself(run: Run, served: list[tuple[Config, dict[str, Any]]]) -> None:
    assert run("serve", "--http", "0.0.0.0:443", "--self-signed")[0] == 0
    assert (served[0][0].tls, served[0][0].secure_cookies) == (True, True)
    code, _out, err = run("serve", "--self-signed", "--tls-cert", "sefaw.toml", "--tls-key", "sefaw.toml")
    assert code == cli.EXIT_CONFIG
    assert "server.self_signed makes the certificate" in err


def test_with_certificates_it_may_listen_to_the_world(
    run: Run, served: list[tuple[Config, dict[str, Any]]], tmp_path: Path
) -> None:
    (tmp_path / "cert.pem").touch()
    (tmp_path / "key.pem").touch()
    assert run("serve", "--http", "0.0.0.0:443", "--tls-cert", "cert.pem", "--tls-key", "key.pem")[0] == 0
    assert served[0][0].tls
    assert served[0][0].secure_cookies


@pytest.mark.parametrize("flag", ["--http", "--media"])
def test_a_demo_is_for_this_machine_only(
    run: Run, served: list[tuple[Config, dict[str, Any]]], tmp_path: Path, flag: str
) -> None:
    (tmp_path / "c.pem").touch()
    code, _out, err = run("serve", "--demo", flag, "0.0.0.0:8443", "--tls-cert", "c.pem", "--tls-key", "c.pem")
    assert code == cli.EXIT_CONFIG
    assert "passwords that everybody knows" in err
    assert served == []


def test_a_configuration_error_is_one_sentence(run: Run, tmp_path: Path) -> None:
    (tmp_path / "sefaw.toml").write_text("[server]\nhtpp = 'x'\n")
    code, out, err = run("serve")
    assert (code, out) == (cli.EXIT_CONFIG, "")
    assert err == "file sefaw.toml: unknown key server.htpp\n"


def test_accounts_are_added_listed_and_disabled(run: Run) -> None:
    assert add(run)[:2] == (0, "Added anna (village_doctor, Clinic).\n")
    assert add(run, "bo", "specialist")[0] == 0
    _code, out, _err = run("user", "list")
    assert out.splitlines() == [
        "anna\tvillage_doctor\tClinic\t-\tAnna\tactive",
        "bo\tspecialist\tClinic\t-\tAnna\tactive",
    ]
    assert run("user", "disable", "ANNA")[1] == "anna is disabled.\n"
    assert "anna\tvillage_doctor\tClinic\t-\tAnna\tdisabled" in run("user", "list")[1]
    assert run("user", "disable", "anna", "--undo")[1] == "anna may sign in again.\n"


def test_a_specialist_has_a_department(run: Run) -> None:
    code, out, _err = run(
        "user", "add", "bo", "--role", "specialist", "--institution", "H", "--name", "Bo", "--department", "心内科",
        "--password-stdin", stdin="a long password\n",
    )  # fmt: skip
    assert (code, out) == (0, "Added bo (specialist, H, 心内科).\n")
    assert run("user", "list")[1] == "bo\tspecialist\tH\t心内科\tBo\tactive\n"
    assert run("user", "department", "bo", "Radiology")[1] == "bo is in Radiology.\n"
    assert run("user", "list")[1] == "bo\tspecialist\tH\tRadiology\tBo\tactive\n"
    assert run("user", "department", "bo")[1] == "bo is in no department.\n"
    assert run("user", "department", "bo", "x" * 81)[0] == cli.EXIT_ERROR


def test_a_taken_user_name_is_refused_in_words(run: Run) -> None:
    add(run)
    code, _out, err = add(run)
    assert (code, err) == (cli.EXIT_CONFIG, "There is an account anna already.\n")


def test_a_short_password_is_refused(run: Run) -> None:
    code, _out, err = run(
        "user", "add", "anna", "--role", "patient", "--institution", "C", "--name", "A", "--password-stdin",
        stdin="short\n",
    )  # fmt: skip
    assert (code, err) == (cli.EXIT_ERROR, "password: 8 to 256 characters\n")


def test_a_password_cannot_be_an_argument(run: Run) -> None:
    assert run("user", "add", "a", "--role", "patient", "--institution", "C", "--name", "A", "--password", "x")[0] == 2


def test_a_new_password_replaces_the_old(run: Run, tmp_path: Path) -> None:
    add(run)
    assert run("user", "passwd", "anna", "--password-stdin", stdin="another password\n")[0] == 0
    store = Store.open(tmp_path / "data")
    account = store.accounts.by_user("anna")
    store.close()
    assert account is not None
    passwords = Passwords(memory_kib=8, passes=1)
    assert passwords.matches(account.password_hash, "another password")
    assert not passwords.matches(account.password_hash, "a long password")
    passwords.close()


@pytest.mark.parametrize("command", [("user", "disable", "ghost"), ("user", "passwd", "ghost", "--password-stdin")])
def test_an_unknown_account_is_said_so(run: Run, command: tuple[str, ...]) -> None:
    code, _out, err = run(*command, stdin="a long password\n")
    assert (code, err) == (cli.EXIT_CONFIG, "There is no account with this user name.\n")


def test_a_token_is_minted_for_an_encoder(run: Run, tmp_path: Path) -> None:
    add(run)
    consultation = ConsultationId(new_id())
    store = Store.open(tmp_path / "data", MadeKeys())
    doctor = store.accounts.by_user("anna")
    assert doctor is not None
    opened = Brief(
        consultation=consultation,
        status=Status.OPEN,
        patient=Patient(name="P"),
        reason="R",
        urgency=Urgency.ROUTINE,
        requester=doctor.person,
        specialist=None,
        requested_at=NOW,
        opened_at=NOW,
        closed_at=0,
        close_reason=None,
    )
    store.consultations.save(ConsultationRecord(brief=opened, institution=doctor.person.institution))
    store.close()
    code, out, err = run("token", "anna", consultation, "--kind", "whip")
    assert (code, err) == (0, "")
    claims = Tokens(load_key(tmp_path / "data" / "token.key")).read(out.strip(), [Audience.WHIP], NOW - 10**9)
    assert (claims.account, claims.consultation, claims.role) == (doctor.id, consultation, Role.VILLAGE_DOCTOR)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("anna", "a" * 26), "There is no such consultation."),
        (("anna", "nonsense"), "A consultation's id has 26 characters"),
        (("ghost", "a" * 26), "There is no account"),
        (("anna", "a" * 26, "--kind", "join"), "--kind is whip or whep"),
    ],
)
def test_tokens_are_not_minted_for_nothing(run: Run, arguments: tuple[str, ...], sentence: str) -> None:
    add(run)
    code, out, err = run("token", *arguments)
    assert (code, out) == (cli.EXIT_CONFIG, "")
    assert sentence in err


def test_config_show_hides_secrets(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEFAW_ACCESS_METRICS_TOKEN", "very-secret")
    code, out, _err = run("config", "show")
    assert code == 0
    assert "very-secret" not in out
    assert "access.metrics_token = (set, hidden)" in out
    assert "# environment SEFAW_ACCESS_METRICS_TOKEN" in out


def test_what_is_written_is_nobody_elses_to_read(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    masks: list[int] = []
    monkeypatch.setattr("os.umask", masks.append)
    run("config", "show")
    assert masks == [0o077]


def test_version_is_the_packages(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.version", lambda name: f"9.9 of {name}")
    assert run("version")[1] == "sefaw-rtc 9.9 of sefaw-rtc\n"


@pytest.mark.parametrize(("level", "code"), [("ok", 0), ("warning", 1), ("problem", 2)])
def test_check_says_it_in_words_and_by_its_exit_status(
    run: Run, monkeypatch: pytest.MonkeyPatch, level: str, code: int
) -> None:
    found = [Finding("media", Level.OK, "All well."), Finding("data", Level(level), "So it is.", "Do this.")]
    monkeypatch.setattr("sefaw_rtc.cli.checking.examine", lambda _config, _against: iter(found))
    status, out, _err = run("check")
    assert status == code
    assert "So it is." in out
    assert "→ Do this." in out
    status, out, _err = run("check", "--json")
    assert (status, json.loads(out)[1]["words"]) == (code, "So it is.")


def test_a_backup_is_made_and_brought_back(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.nice", lambda _by: 0)
    add(run)
    code, out, _err = run("backup", "saved.tar")
    assert code == 0
    assert "1 files" in out
    assert "without keys" in out
    code, out, _err = run("restore", "saved.tar", "--data", "again")
    assert code == 0
    assert "holds no keys" in out
    assert run("user", "list", "--data", "again")[1].startswith("anna\t")
    code, _out, err = run("restore", "saved.tar", "--data", "again")
    assert (code, "is not empty" in err) == (cli.EXIT_ERROR, True)

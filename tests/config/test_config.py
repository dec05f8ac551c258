"""The configuration: layers, unknown keys, bounds, secrets, and a sample file that is the tree itself."""

import re
from pathlib import Path
from typing import Any

import pytest

from sefaw_rtc.config import Config, Loaded, check, is_loopback, keys, load, parse_address, sample, shown
from sefaw_rtc.errors import ConfigError

ROOT = Path(__file__).resolve().parents[2]


def toml(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "c.toml"
    path.write_text(text, encoding="utf-8")
    return path


def loaded(tmp_path: Path, text: str = "", environ: dict[str, str] | None = None, **options: Any) -> Loaded:
    return load(toml(tmp_path, text), environ or {}, {key.replace("__", "."): v for key, v in options.items()})


def test_nothing_given_is_the_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config, origins = load(None, {})
    assert config == Config()
    assert set(origins.values()) == {"default"}


def test_a_file_in_this_directory_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sefaw.toml").write_text("[server]\nshards = 2\n")
    assert load(None, {}).config.server.shards == 2


def test_the_environment_wins_over_the_file_and_options_over_both(tmp_path: Path) -> None:
    text = "[server]\nshards = 2\nhttp = '127.0.0.1:1'\ndata = 'file'\n"
    environ = {"SEFAW_SERVER_HTTP": "127.0.0.1:2", "SEFAW_SERVER_DATA": "env", "PATH": "/bin"}
    config, origins = loaded(tmp_path, text, environ, server__data="option", server__media=None)
    assert (config.server.shards, config.server.http, config.server.data) == (2, "127.0.0.1:2", "option")
    assert origins["server.shards"] == f"file {tmp_path / 'c.toml'}"
    assert origins["server.http"] == "environment SEFAW_SERVER_HTTP"
    assert origins["server.data"] == "command line"
    assert origins["server.media"] == "default"


def test_the_environment_speaks_for_every_type(tmp_path: Path) -> None:
    environ = {
        "SEFAW_SERVER_MEDIA": "127.0.0.1:1, [::1]:2",
        "SEFAW_SERVER_PROXIED": "true",
        "SEFAW_LIMITS_PEERS": "7",
        "SEFAW_LOGS_FORM": "json",
    }
    config = loaded(tmp_path, "", environ).config
    assert config.server.media == ["127.0.0.1:1", "[::1]:2"]
    assert config.server.proxied is True
    assert config.limits.peers == 7
    assert config.logs.form == "json"


def test_every_key_has_a_variable_a_reason_and_a_valid_default(tmp_path: Path) -> None:
    for key in keys():
        assert key.doc.endswith("."), key.path
        assert len(key.doc) > 20, key.path
        text = ",".join(key.default) if isinstance(key.default, list) else str(key.default)
        assert loaded(tmp_path, "", {key.variable: text}).origins[key.path] == f"environment {key.variable}"


def test_every_key_is_obeyed_somewhere() -> None:
    """A limit that nothing reads is a promise that nobody keeps."""
    sources = [path for path in (ROOT / "sefaw_rtc").rglob("*.py") if "config" not in path.parts[-2:]]
    text = "\n".join(path.read_text("utf-8") for path in sources)
    silent = [key.path for key in keys() if not re.search(rf"\b{key.name}\b", text)]
    assert silent == []


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[server]\nhtpp = 1", "unknown key server.htpp"),
        ("[sevrer]\nhttp = 1", "unknown key sevrer"),
        ("http = 1", "unknown key http"),
        ("server = 3", "unknown key server"),
        ("[server]\nshards = 0", "server.shards"),
        ("[server]\nshards = '2'", "server.shards"),
        ("[server]\nmedia = []", "server.media"),
        ("[logs]\nlevel = 'loud'", "logs.level"),
        ("[limits]\npeers = true", "limits.peers"),
        ("[server", "not valid TOML"),
    ],
)
def test_a_wrong_file_is_an_error_that_names_the_key(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(ConfigError, match=named) as caught:
        loaded(tmp_path, text)
    assert "c.toml" in str(caught.value)


@pytest.mark.parametrize("variable", ["SEFAW_SERVER_HTPP", "SEFAW_HTTP", "SEFAW_"])
def test_an_unknown_variable_is_an_error_that_names_it(tmp_path: Path, variable: str) -> None:
    with pytest.raises(ConfigError, match=f"unknown variable {variable}$"):
        loaded(tmp_path, "", {variable: "1"})


def test_variables_of_programs_beside_the_server_are_not_ours(tmp_path: Path) -> None:
    assert loaded(tmp_path, "", {"SEFAW_TEST_KEEP": "1", "SEFAW_BOT_PASSWORD": "x"}).config == Config()


def test_a_missing_file_is_an_error_if_it_was_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "absent.toml", {})


def test_secrets_come_from_the_environment_only_and_stay_hidden(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is a secret") as caught:
        loaded(tmp_path, "[access]\ntoken_key = 'hunter2'")
    assert "hunter2" not in str(caught.value)
    found = loaded(tmp_path, "", {"SEFAW_ACCESS_TOKEN_KEY": "hunter2"})
    assert found.config.access.token_key == "hunter2"
    assert "hunter2" not in shown(found)
    assert "access.token_key = (set, hidden)" in shown(found)


def test_show_prints_every_key_and_where_it_came_from(tmp_path: Path) -> None:
    lines = shown(loaded(tmp_path, "[server]\nshards = 3")).splitlines()
    assert [line.split(" = ")[0] for line in lines] == [key.path for key in keys()]
    assert any(line.startswith("server.shards = 3 ") and "c.toml" in line for line in lines)


def test_the_sample_file_is_the_tree(tmp_path: Path) -> None:
    written = (ROOT / "sefaw.sample.toml").read_text(encoding="utf-8")
    assert written == sample(), "run: python -m sefaw_rtc.config > sefaw.sample.toml"
    found = load(ROOT / "sefaw.sample.toml", {})
    assert found.config == Config()
    missing = {key.path for key in keys() if not key.secret and found.origins[key.path] == "default"}
    assert missing == set()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[server]\nhttp = '0.0.0.0:80'", "plain HTTP is for this machine only"),
        ("[server]\nhttp = 'nowhere'", "server.http: nowhere is not HOST:PORT"),
        ("[server]\nmedia = ['::1:80']", "without brackets"),
        ("[server]\ntls_cert = 'x'", "go together"),
        ("[server]\ntls_cert = '/absent'\ntls_key = '/absent'", "server.tls_cert: there is no file /absent"),
        ("[server]\npublic_url = 'http://example.org'", "must begin with https"),
        ("[calls]\nring_timeout_s = 60\ntotal_ring_s = 59", "total_ring_s"),
        ("[limits]\nframe_bytes = 100000", "sdp_bytes"),
        ("[pacs]\nurl = 'ftp://x'\ninstitution = 'A'", "pacs.url must be"),
        ("[pacs]\nurl = 'https://x/dicom-web'", "pacs.institution must say"),
        ("[pacs]\nurl = 'https://x'\ninstitution = 'A'\nca_file = '/absent'", "pacs.ca_file: there is no file"),
        ("[pacs]\npassword = 'x'", "is a secret"),
        ("[scp]\nlisten = '11112'", "scp.listen: 11112 is not HOST:PORT"),
        ("[scp]\ncallers = ['US1']", "scp.callers: US1 is not AE-TITLE=Institution"),
        ("[scp]\ncallers = ['A-TITLE-OF-17-CHR=Clinic']", "scp.callers"),
        ("[scp]\ntls_ca = 'x'", "scp.tls_ca needs both"),
        ("[scp]\ntls_cert = '/absent'\ntls_key = '/absent'", "scp.tls_cert: there is no file /absent"),
    ],
)
def test_keys_that_do_not_fit_together_are_refused(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(sentence)):
        loaded(tmp_path, text)


def test_the_defaults_fit_together() -> None:
    check(Config())


@pytest.mark.parametrize(
    ("text", "parsed"),
    [("127.0.0.1:80", ("127.0.0.1", 80)), ("[::1]:0", ("::1", 0)), ("localhost:65535", ("localhost", 65_535))],
)
def test_addresses(text: str, parsed: tuple[str, int]) -> None:
    assert parse_address(text, "k") == parsed


@pytest.mark.parametrize("text", ["", ":", "h:", ":80", "h:x", "h:65536", "h:-1", "::1", "::1:80", "h:１", "h"])
def test_no_addresses(text: str) -> None:
    with pytest.raises(ConfigError, match=r"^k: "):
        parse_address(text, "k")


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104 - not bound here
        ("::", False),
        ("10.0.0.1", False),
        ("localhost.example.org", False),
        ("", False),
    ],
)
def test_what_is_this_machine(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback

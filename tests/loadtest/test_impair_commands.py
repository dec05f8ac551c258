"""What the proxy can be told, on the command line, in a timeline, while it runs."""

from pathlib import Path

import pytest

from loadtest.impair import Blackout, Conditions, Proxy, Rebind, Restore, Set, parse
from loadtest.impair.arguments import read
from loadtest.impair.commands import timeline
from loadtest.impair.control import answer


def test_commands_parse() -> None:
    assert parse('{"do": "set", "down": {"loss": 0.1}}') == Set(down={"loss": 0.1})
    assert parse('{"do": "blackout", "seconds": 5, "transport": "udp"}') == Blackout(seconds=5, transport="udp")
    assert parse('{"do": "restore"}') == Restore()
    assert parse('{"at": 3, "do": "rebind"}') == Rebind(at=3)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"do": "explode"}',
        '{"do": "set", "sideways": {}}',
        '{"do": "blackout", "seconds": -1}',
        '{"do": "blackout", "direction": "left"}',
        '{"do": "set", "up": {"loss": "much"}}',
    ],
)
def test_nonsense_is_one_error(line: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse(line)


def test_a_command_that_cannot_be_is_refused_and_changes_nothing() -> None:
    proxy = Proxy(("127.0.0.1", 9))
    for changes in ('{"loss": 2}', '{"delay": -1}', '{"los": 0.1}'):
        said = answer(proxy, b'{"do": "set", "up": {"delay": 5}, "down": ' + changes.encode() + b"}")
        assert said.startswith(b'{"ok":false,"error":'), said
        assert said.endswith(b"\n")
    with pytest.raises(ValueError, match="loss"):
        proxy.do(Set(up={"delay": 5}, down={"loss": 2}))


def test_a_timeline_is_sorted_and_its_errors_name_the_line(tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text('# a bad minute\n{"at": 9, "do": "restore"}\n\n{"at": 2, "do": "blackout"}\n', "utf-8")
    assert timeline(script) == [Blackout(at=2), Restore(at=9)]
    script.write_text('{"at": 1, "do": "rebind"}\n{"at": 1}\n', "utf-8")
    with pytest.raises(ValueError, match="line 2"):
        timeline(script)


def test_the_command_line_speaks_of_both_directions_or_one() -> None:
    options = "--to [::1]:7881 --delay 50 --loss 3% --down-loss 0.1 --down-burst 5 --up-rate 2M --rate 500k --seed 7"
    given = read(options.split())
    assert given.to == ("::1", 7881)
    assert given.up == Conditions(delay=50, loss=0.03, rate=2000)
    assert given.down == Conditions(delay=50, loss=0.1, burst=5, rate=500)
    assert given.seed == 7


@pytest.mark.parametrize("options", ["", "--to nowhere", "--to a:1 --loss 300%", "--to a:1 --delay x", "--to a:99999"])
def test_a_wrong_command_line_ends_with_words(options: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read(options.split())
    assert "error: " in capsys.readouterr().err


def test_help_explains_every_figure(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read(["--help"])
    told = capsys.readouterr().out
    for name in Conditions.__struct_fields__:
        assert f"--{name.replace('_', '-')} " in told

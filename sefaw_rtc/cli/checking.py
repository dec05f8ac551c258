"""`sefaw-rtc check`."""

import sys
from typing import Annotated, Final

import msgspec
import typer

from sefaw_rtc.cli.shared import ConfigFile, Data, load_config
from sefaw_rtc.operations.check import Finding, Level, examine, worst

_EXIT: Final = {Level.OK: 0, Level.WARNING: 1, Level.PROBLEM: 2}
_MARKS: Final = {Level.OK: "ok     ", Level.WARNING: "warning", Level.PROBLEM: "PROBLEM"}
_COLOURS: Final = {Level.OK: typer.colors.GREEN, Level.WARNING: typer.colors.YELLOW, Level.PROBLEM: typer.colors.RED}
_INDENT: Final = " " * 21


def check(
    against: Annotated[str, typer.Option(metavar="URL", help="Compare this machine's clock with a web server's.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="For programs: a list of findings.")] = False,
    config: ConfigFile = None,
    data: Data = None,
) -> None:
    """Look at everything calls depend on, in words. Exit status: 0 = fine, 1 = warnings, 2 = problems."""
    effective = load_config(config, {"server.data": data}).config
    findings: list[Finding] = []
    for finding in examine(effective, against):
        findings.append(finding)
        if not as_json:
            _say(finding)
    if as_json:
        print(msgspec.json.format(msgspec.json.encode(findings), indent=1).decode())
    sys.exit(_EXIT[worst(findings)])


def _say(finding: Finding) -> None:
    mark = typer.style(_MARKS[finding.level], fg=_COLOURS[finding.level])
    typer.echo(f"{mark}  {finding.area:<11} {finding.words}")
    if finding.do:
        typer.echo(f"{_INDENT}→ {finding.do}")

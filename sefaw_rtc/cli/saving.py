"""`sefaw-rtc backup` and `sefaw-rtc restore`."""

import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from sefaw_rtc.cli.shared import ConfigFile, Data, load_config
from sefaw_rtc.keyring import put_in_place, site_key, site_key_file
from sefaw_rtc.operations.backup import back_up
from sefaw_rtc.operations.backup import restore as bring_back
from sefaw_rtc.service.health import note_backup

_POLITE: Final = 10  # of 19: calls come first, the backup has time
_SAY_EVERY_S: Final = 1.0


def backup(
    target: Annotated[Path, typer.Argument(help="A directory or a .tar file that does not exist yet.")],
    with_keys: Annotated[
        bool, typer.Option("--with-keys", help="The token key and certificate keys too: keep the backup as safe.")
    ] = False,
    config: ConfigFile = None,
    data: Data = None,
) -> None:
    """Save the data directory, also while the server runs."""
    os.nice(_POLITE)
    effective = load_config(config, {"server.data": data}).config
    made = back_up(effective.data, target, site_key=site_key_file(effective), with_keys=with_keys, progress=Progress())
    note_backup(effective.data)
    keys = "with its keys" if with_keys else "without keys (--with-keys)"
    print(f"Saved {effective.data} in {target}: {made.files} files, {_size(made.size)}, {made.logs} logs, {keys}.")
    print(f"The site key ({site_key_file(effective) or 'from the environment'}) is never in it: keep a copy apart.")
    if made.cut:
        print(f"{made.cut} logs were being written: they were cut after their last whole record.")


def restore(
    source: Annotated[Path, typer.Argument(help="What `backup` made.")],
    site_key_copy: Annotated[
        Path | None, typer.Option("--site-key", metavar="FILE", help="The site key; put in place if it is not there.")
    ] = None,
    config: ConfigFile = None,
    data: Data = None,
) -> None:
    """Bring a backup back into a new or empty data directory."""
    effective = load_config(config, {"server.data": data}).config
    done = bring_back(source, effective.data, site_key(effective, site_key_copy))
    if site_key_copy is not None:
        put_in_place(effective, site_key_copy)
    manifest = done.manifest
    made = datetime.fromtimestamp(manifest.made_s, UTC).strftime("%Y-%m-%d %H:%M UTC")
    print(f"Restored {len(manifest.files)} files into {effective.data}: as of {made}, by version {manifest.program}.")
    before, after = done.schema
    if before != after:
        print(f"The database was brought from schema {before} to {after}.")
    if done.reopened:
        print(f"{done.reopened} logs know more than the database; the server reads them when it starts.")
    if done.unread:
        print(
            f"{done.unread} logs are sealed with the site key {done.sealed_with}, which is not here: nothing of these "
            f"consultations can be read without it. Put it in {site_key_file(effective)}, or restore again with "
            "--site-key FILE; the server does not start before."
        )
    if not manifest.with_keys:
        print("The backup holds no keys: the server makes new ones, and encoders need new tokens.")


class Progress:
    """A line a second at a terminal, nothing in a pipe."""

    def __init__(self) -> None:
        self._said = time.monotonic()

    def __call__(self, done: int, of: int) -> None:
        if sys.stderr.isatty() and time.monotonic() - self._said >= _SAY_EVERY_S:
            self._said = time.monotonic()
            print(f"{done} of {of} files", file=sys.stderr)


def _size(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB" if size >= 1_000_000 else f"{size / 1000:.1f} kB"

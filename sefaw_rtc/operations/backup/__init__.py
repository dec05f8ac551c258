"""Backup and restore of a data directory.

A backup is a directory or a .tar file: `manifest.json` (each file with size and SHA-256, the schema, the version),
`manifest.sha256`, and under `data/` the files: the database as one consistent copy, the logs as true prefixes, what
else there is byte by byte.

Keys (the one that signs tokens, a self-signed certificate's) stay out unless asked for: a backup travels, and whoever
holds the token key can make himself a way into any consultation. Without it a restored server makes a new one; people
sign in again, encoders need new tokens, nothing else is lost. The keys that sign opinions are in the database, each
sealed with its doctor's password.
"""

from sefaw_rtc.operations.backup.make import Made, back_up
from sefaw_rtc.operations.backup.restore import Restored, restore

__all__ = ["Made", "Restored", "back_up", "restore"]

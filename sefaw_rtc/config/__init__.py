"""The configuration: one frozen tree; defaults, then one TOML file, the environment, the command line.

Every key is documented where it is declared (`tree.py`); `sefaw.sample.toml` is written from there. The environment
variable of `[section] key` is `SEFAW_SECTION_KEY`. An unknown key is an error that names it. Secrets stand in a file of
their own or in the environment, never in the TOML file and never on the command line.
"""

from sefaw_rtc.config.address import is_loopback, parse_address
from sefaw_rtc.config.load import Key, Loaded, check, keys, load
from sefaw_rtc.config.pacs import Pacs
from sefaw_rtc.config.pictures import Dicom, Scp
from sefaw_rtc.config.retention import Retention
from sefaw_rtc.config.s3 import S3
from sefaw_rtc.config.text import sample, shown
from sefaw_rtc.config.tree import KEYS, SELF_SIGNED, Access, Calls, Config, Limits, Logs, Server

__all__ = [
    "KEYS",
    "S3",
    "SELF_SIGNED",
    "Access",
    "Calls",
    "Config",
    "Dicom",
    "Key",
    "Limits",
    "Loaded",
    "Logs",
    "Pacs",
    "Retention",
    "Scp",
    "Server",
    "check",
    "is_loopback",
    "keys",
    "load",
    "parse_address",
    "sample",
    "shown",
]

"""For all tests: property tests judge what code does, never how long a busy machine took (no deadline), and print how
to repeat a failure. What tests write lies in memory where there is room for it: a server waits for the disk at every
commit, and the suite would wait with it. What a disk does is shown by tests that mount disks of their own.
"""

import os
import shutil
from pathlib import Path

from hypothesis import settings

settings.register_profile("sefaw", deadline=None, print_blob=True)
settings.load_profile("sefaw")

MEMORY = Path("/dev/shm")  # noqa: S108 - Linux's file system in memory; pytest makes a directory of its own in it
ROOM = 4 * 2**30  # bytes, twice what all tests together leave; a container's is often 64 MiB

if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ROOM:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))

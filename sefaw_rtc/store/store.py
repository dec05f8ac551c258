"""The store as the server holds it: the tables' methods, and the one thread they run on."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

from sefaw_rtc.store.accounts import Accounts, Institutions, Sessions
from sefaw_rtc.store.administration import Administration
from sefaw_rtc.store.consultations import Consultations, Patients
from sefaw_rtc.store.courses import FILE as COURSES
from sefaw_rtc.store.courses import Courses
from sefaw_rtc.store.database import BUSY_TIMEOUT_MS, Database
from sefaw_rtc.store.grants import Grants
from sefaw_rtc.store.paperwork import Drafts, SigningKeys
from sefaw_rtc.store.personal import forget_plain
from sefaw_rtc.store.replayed import FILE as REPLAYED
from sefaw_rtc.store.replayed import Replayed
from sefaw_rtc.store.reviving import Reviving
from sefaw_rtc.store.rota import Departments, Shifts
from sefaw_rtc.store.sealing import NoKeys, Sealing
from sefaw_rtc.store.upgrade import upgrade

P = ParamSpec("P")
T = TypeVar("T")

FILE: Final = "sefaw.sqlite"


class Store:
    """`Store.open(data)` upgrades the schema first. Every method of the tables is sync and short; on the event loop
    call them as `await store.run(store.accounts.by_user, "anna")`."""

    def __init__(self, database: Database, sealing: Sealing) -> None:
        self.database = database
        # One thread: SQLite has one writer anyway, and calls keep their order.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self.institutions = Institutions(database)
        self.accounts = Accounts(database)
        self.sessions = Sessions(database)
        self.patients = Patients(database)
        self.consultations = Consultations(database, sealing)
        self.departments = Departments(database)
        self.shifts = Shifts(database)
        self.signing_keys = SigningKeys(database)
        self.drafts = Drafts(database, sealing)
        self.grants = Grants(database)
        self.administration = Administration(database)
        self.reviving = Reviving(database)
        self.courses = Courses(database.path.with_name(COURSES))
        self.replayed = Replayed(database.path.with_name(REPLAYED), sealing)

    @classmethod
    def open(cls, data: Path, sealing: Sealing | None = None, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> "Store":
        """Open the store in the data directory, making and upgrading it as need be. `sealing` None: for who needs
        nothing of patients. Raises `StoreError`."""
        path = data / FILE
        upgrade(path, busy_timeout_ms=busy_timeout_ms)
        return cls(Database(path, busy_timeout_ms=busy_timeout_ms), sealing or NoKeys())

    def seal_plain(self) -> int:
        """Seal what an older version left in the clear; how many rows. Raises `StoreError`."""
        count = self.consultations.seal_plain() + self.drafts.seal_plain()
        if count:
            forget_plain(self.database.path)
        return count

    async def run(self, method: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `method` on the store's thread. Calls are carried out in order."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: method(*args, **kwargs))

    def close(self) -> None:
        """Finish what is queued and close the file. Idempotent."""
        self._thread.shutdown(wait=True)
        self.courses.close()
        self.replayed.close()
        self.database.close()

"""The demo specialist as a child process: started with the server, started again when it dies, ended with it."""

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import DEVNULL, Process

from sefaw_rtc import logs

PASSWORD_ENV = "SEFAW_BOT_PASSWORD"  # noqa: S105 - the name of the variable
BACK_OFF_S = (1.0, 2.0, 5.0, 15.0, 60.0)  # the last one repeats
STEADY_S = 30.0  # after so long alive the next death counts as the first
_END_S = 3.0

# The child ends with us also when we are killed with -9: a stranger bot would answer calls of the next server.
_STARTER = """
import ctypes, runpy, signal
try:
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG, Linux
except (AttributeError, OSError):
    pass
runpy.run_module("sefaw_rtc.edge.demo_specialist", run_name="__main__", alter_sys=True)
"""

log = logs.get("service")


async def keep_running(url: str, user: str, password: str) -> None:
    """For ever; cancel to end the child too."""
    deaths = 0
    while True:
        started = asyncio.get_running_loop().time()
        child = await _start(url, user, password)
        try:
            code = await child.wait()
        except asyncio.CancelledError:
            await _end(child)
            raise
        deaths = 0 if asyncio.get_running_loop().time() - started > STEADY_S else deaths + 1
        log.warning("demo specialist ended", exit_code=code, attempt=deaths)
        await asyncio.sleep(BACK_OFF_S[min(deaths, len(BACK_OFF_S) - 1)])


async def _start(url: str, user: str, password: str) -> Process:
    environment = {**os.environ, PASSWORD_ENV: password}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", _STARTER, "--url", url, "--user", user, stdin=DEVNULL, env=environment
    )


async def _end(child: Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        child.terminate()
        try:
            async with asyncio.timeout(_END_S):
                await child.wait()
        except TimeoutError:
            child.kill()
            await child.wait()

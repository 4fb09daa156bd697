"""An adapter that starts a process, and tells its number in place of opening a cell."""

import subprocess
import sys


def unavailable() -> str | None:
    if sys._getframe(1).f_code.co_name == "_on_open":
        # It keeps the worker's standard error open.
        raise RuntimeError(f"it is {subprocess.Popen(['sleep', '60']).pid}")
    return None

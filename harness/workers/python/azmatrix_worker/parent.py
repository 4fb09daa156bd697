"""The parent of fresh workers: it imports what a worker of its flavor imports, and forks one for each fresh cell.

It sets nothing up, so that a child begins where a worker is that has just imported everything. It has one thread and
answers one request after the other, on a stream socket that is its standard input; descriptors for the child's standard
streams come along with the request to fork. It says when a child has ended, and ends what the child started with it.
"""

import os
import select
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, NoReturn

from azmatrix_worker import protocol, untouched
from azmatrix_worker.protocol import Skip, refuse_unknown

_STREAMS = 3
_LINE = 64 << 10


def _open_descriptors() -> set[int]:
    """Taken at the start: what the harness was given by whoever started it, and every worker has as well."""
    with suppress(FileNotFoundError), os.scandir("/proc/self/fd") as entries:
        return {int(entry.name) for entry in entries}
    return set()


class Parent:
    """Make it first: it takes descriptors 0 and 1 away from everybody else."""

    def __init__(self) -> None:
        self._inherited = _open_descriptors()
        self._harness = socket.socket(fileno=os.dup(0))
        protocol.keep_standard_streams()
        # The end of a child wakes the wait for the next request.
        self._woken, self._waking = os.pipe()
        os.set_blocking(self._woken, False)
        os.set_blocking(self._waking, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._waking)
        self._line = b""
        self._streams: list[int] = []
        self._children: set[int] = set()
        self._state: untouched.State | None = None
        self._is_child = False
        self._calls_at_fork = _CallsAtFork()

    def serve(self) -> None:
        """Answer requests until the harness is gone. Returns in each child, which goes on as a worker."""
        while True:
            ready, _, _ = select.select([self._harness.fileno(), self._woken], [], [])
            if self._woken in ready:
                with suppress(BlockingIOError):
                    os.read(self._woken, _LINE)
                self._say_who_ended()
            if self._harness.fileno() in ready and (line := self._receive()) is not None:
                reply = protocol.answer(line, self._handle)
                if self._is_child:
                    return
                self._say(reply)

    def _receive(self) -> bytes | None:
        """A whole request. The harness sends the next one when it has the reply to this one."""
        try:
            data, streams, _, _ = socket.recv_fds(self._harness, _LINE, _STREAMS)
        except OSError:
            data, streams = b"", []
        self._streams += streams
        if not data:
            self._end()
        self._line += data
        if not self._line.endswith(b"\n"):
            return None
        line, self._line = self._line, b""
        return line

    def _handle(self, request: dict[str, Any]) -> dict[str, Any]:
        streams, self._streams = self._streams, []
        try:
            if request["op"] == "hello":
                return self._hello(request)
            if request["op"] == "fork":
                return self._fork(request, streams)
            raise Skip(f"a parent does not know the request {request['op']}")
        finally:
            for stream in streams:
                os.close(stream)

    def _hello(self, request: dict[str, Any]) -> dict[str, Any]:
        protocol.refuse_other_version(request)
        if self._state is None:
            self._state = untouched.import_everything()
        self._refuse_to_fork_what_is_touched()
        return {"protocol": protocol.VERSION}

    def _fork(self, request: dict[str, Any], streams: list[int]) -> dict[str, Any]:
        refuse_unknown(request, ("id", "op", "environment"), "fork")
        if self._state is None:
            raise RuntimeError("the first request must be hello")
        if len(streams) != _STREAMS:
            raise RuntimeError(f"fork came with {len(streams)} descriptors instead of {_STREAMS}")
        self._refuse_to_fork_what_is_touched(streams)
        # What waits in a buffer would be written by the child as well.
        sys.stdout.flush()
        sys.stderr.flush()
        parent = os.getpid()
        child = os.fork()
        if child == 0:
            try:
                self._become_child(request, streams, parent)
            except BaseException:
                traceback.print_exc()
                os._exit(1)
            return {}
        self._children.add(child)
        # Both do it, so that the child has its group whoever comes first.
        with suppress(ProcessLookupError, PermissionError):
            os.setpgid(child, child)
        return {"pid": child}

    def _become_child(self, request: Mapping[str, Any], streams: list[int], parent: int) -> None:
        os.setpgid(0, 0)
        protocol.die_with_parent()
        if os.getppid() != parent:
            os._exit(0)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for target, stream in enumerate(streams):
            os.dup2(stream, target)
        self._harness.close()
        os.close(self._woken)
        os.close(self._waking)
        os.environ.update(request.get("environment") or {})
        self._calls_at_fork.in_child()
        self._is_child = True

    def _refuse_to_fork_what_is_touched(self, streams: list[int] | None = None) -> None:
        own = {*self._inherited, 0, 1, 2, self._harness.fileno(), self._woken, self._waking, *(streams or [])}
        assert self._state is not None
        found = self._state.touched(own) + self._calls_at_fork.elsewhere()
        if found:
            raise Skip(f"it cannot be forked: {'; '.join(found)}")

    def _say_who_ended(self) -> None:
        for child in sorted(self._children):
            if os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                continue
            # As long as nobody has asked how it ended, its number, and its group's, are nobody else's.
            _kill_group(child)
            _, status = os.waitpid(child, 0)
            self._children.discard(child)
            code = os.waitstatus_to_exitcode(status)
            ended = {"code": code} if code >= 0 else {"signal": -code}
            self._say(protocol.encode({"child": child, "ended": ended}))

    def _say(self, line: bytes) -> None:
        try:
            self._harness.sendall(line)
        except OSError:
            self._end()

    def _end(self) -> NoReturn:
        """The harness is gone, or has had enough."""
        for child in self._children:
            _kill_group(child)
        os._exit(0)


class _CallsAtFork:
    """What packages want to be called at a fork, such as a new seed for their random numbers.

    That waits until the child is one: its process group and its streams come before code of packages. What wants to be
    called before the fork, or in the parent, would not have been called in a process that was started by itself.
    """

    def __init__(self) -> None:
        self._register = os.register_at_fork
        self._calls: list[tuple[str, dict[str, Callable[[], Any]]]] = []
        os.register_at_fork = self._note  # type: ignore[assignment]

    def _note(self, **calls: Callable[[], Any]) -> None:
        caller = sys._getframe(1).f_globals.get("__name__", "?")
        if caller.partition(".")[0] in sys.stdlib_module_names:
            self._register(**calls)
        else:
            self._calls.append((caller, calls))

    def elsewhere(self) -> list[str]:
        return [
            f"{caller} wants to be called before a fork"
            for caller, calls in self._calls
            if set(calls) - {"after_in_child"}
        ]

    def in_child(self) -> None:
        os.register_at_fork = self._register
        for _, calls in self._calls:
            calls["after_in_child"]()
            self._register(**calls)


def _kill_group(leader: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)

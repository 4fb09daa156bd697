"""A parent of fake workers that needs no package: it forks as the protocol says, but for one thing, which `FAKE` names."""

import json
import os
import select
import signal
import socket
import sys

FAKE = os.environ.get("FAKE")


def serve(work):
    """Answers requests until the other end closes; `work` is what a worker does."""
    channel = socket.socket(fileno=os.dup(0))
    last = None
    while True:
        line, descriptors = receive(channel)
        if not line:
            os._exit(0)
        request = json.loads(line)
        if request["op"] == "hello":
            if FAKE == "parent-dies-at-start":
                os._exit(9)
            say(channel, {"id": request["id"], "ok": {"protocol": 1}})
            continue
        if FAKE == "parent-refuses":
            say(channel, {"id": request["id"], "skip": "a thread was started by an import"})
            continue
        if FAKE == "parent-answers-garbage":
            channel.sendall(b"I am not JSON\n")
            continue
        if FAKE == "parent-lies-about-a-pid":
            say(channel, {"id": request["id"], "ok": {"pid": 1}})
            continue
        if FAKE == "parent-never-answers":
            signal.pause()
        if FAKE == "parent-dies-after-one" and last is not None:
            os._exit(9)
        last = fork(channel, request, descriptors, work)


def receive(channel):
    """A request and the descriptors that came with it."""
    line, descriptors = b"", []
    while not line.endswith(b"\n"):
        piece, more, _, _ = socket.recv_fds(channel, 65536, 3)
        if not piece:
            return b"", []
        line += piece
        descriptors += more
    return line, descriptors


def fork(channel, request, descriptors, work):
    """Forks, and waits for the end of the worker or of the other end."""
    ready, told = os.pipe()
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        channel.close()
        for place, descriptor in enumerate(descriptors):
            os.dup2(descriptor, place)
        for descriptor in descriptors:
            os.close(descriptor)
        os.environ.update(request["environment"])
        os.write(told, b"!")
        sys.stdin = os.fdopen(0)
        work()
        os._exit(0)
    os.read(ready, 1)
    for descriptor in [*descriptors, ready, told]:
        os.close(descriptor)
    say(channel, {"id": request["id"], "ok": {"pid": child}})
    ending = os.pidfd_open(child)
    waiting = select.poll()
    waiting.register(ending, select.POLLIN)
    waiting.register(channel, select.POLLHUP | select.POLLRDHUP)
    if any(descriptor == ending for descriptor, _ in waiting.poll()):
        os.killpg(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        say(channel, {"child": child, "ended": {"signal": -code} if code < 0 else {"code": code}})
    else:
        os.killpg(child, signal.SIGKILL)
        os._exit(0)
    os.close(ending)
    return child


def say(channel, message):
    """One line."""
    channel.sendall(json.dumps(message).encode() + b"\n")

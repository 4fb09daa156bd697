"""The Python worker of azmatrix: an application that does with Azure OpenAI what it is told.

One process serves one flavor and variant. It speaks the worker protocol, version 1: JSON lines on standard input and
on the standard output it was started with; everything anybody prints goes to standard error.
"""

from azmatrix_worker import protocol

# Before any other import: packages print, and read standard input, while they are imported.
CHANNEL = protocol.Channel()

from azmatrix_worker.session import Session  # noqa: E402


def main() -> None:
    protocol.die_with_parent()
    CHANNEL.serve(Session().handle)


if __name__ == "__main__":
    main()

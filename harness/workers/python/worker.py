"""The Python worker of azmatrix: an application that does with Azure OpenAI what it is told.

One process serves one flavor and variant. It speaks the worker protocol, version 1: JSON lines on standard input and
on the standard output it was started with; everything anybody prints goes to standard error. Started with `--parent`, it
forks such processes instead.
"""

import sys

from azmatrix_worker import protocol


def main() -> None:
    protocol.die_with_parent()
    if sys.argv[1:] == ["--parent"]:
        # No child can be told from a process that was started by itself.
        del sys.argv[1:]
        from azmatrix_worker.parent import Parent

        Parent().serve()
    # Before any other import: packages print, and read standard input, while they are imported.
    channel = protocol.Channel()
    from azmatrix_worker.session import Session

    channel.serve(Session().handle)


if __name__ == "__main__":
    main()

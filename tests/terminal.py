"""A program in a terminal of its own, which its user closes.

Run as ``python terminal.py COMMAND...``: prints the program's process id, and when a line comes on standard input
closes the terminal. The program's exit status is printed last, negative where a signal ended it.
"""

from __future__ import annotations

import os
import pty
import select
import signal
import sys


def main(command: list[str]) -> None:
    pid, terminal = pty.fork()
    if pid == 0:
        # Whoever runs the tests may have it ignored, as nohup does, and that is handed on.
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        os.execv(command[0], command)
    print(pid, flush=True)
    shown = b""
    while True:
        ready, _, _ = select.select([terminal, sys.stdin], [], [])
        if sys.stdin in ready:
            break
        try:
            shown += os.read(terminal, 65536)
        except OSError:
            break  # the program has ended by itself
    os.close(terminal)
    _, status = os.waitpid(pid, 0)
    print(os.waitstatus_to_exitcode(status), flush=True)
    sys.stderr.write(shown.decode(errors="replace"))


if __name__ == "__main__":
    main(sys.argv[1:])

"""Start a partner, or kill it with SIGKILL and start it again: `python again.py GROUP_FILE WORD…`.

The file holds the process group of the partner that runs; the words start it.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

WITHIN = 120.0


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def main():
    group_file, words = Path(sys.argv[1]), sys.argv[2:]
    port, deadline = int(os.environ["PARTNER_PORT"]), time.monotonic() + WITHIN
    if group_file.exists():
        with contextlib.suppress(ProcessLookupError):
            os.killpg(int(group_file.read_text()), signal.SIGKILL)
        while listens(port):
            time.sleep(0.02)
    with group_file.with_suffix(".log").open("a") as log:
        partner = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    group_file.write_text(str(partner.pid))
    while not listens(port):
        if partner.poll() is not None or time.monotonic() > deadline:
            return f"{' '.join(words)} does not listen"
        time.sleep(0.05)
    return 0


if __name__ == "__main__":
    sys.exit(main())

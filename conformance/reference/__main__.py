"""Starts the partner as its own process: `python -m conformance.reference`."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading

from conformance.reference.partner import Partner
from conformance.reference.settings import Settings, SettingsError

_USAGE = 2


def main() -> int:
    """Run the partner until SIGTERM; gives the exit code."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        settings = Settings.from_environment(os.environ)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return _USAGE
    partner = Partner(settings)
    if os.environ.get("PARTNER_EXIT_WITH_STDIN") == "1":
        threading.Thread(target=_end_with_stdin, daemon=True).start()
    sys.stdout.write(json.dumps({"url": partner.url, "control": partner.control_url}) + "\n")
    sys.stdout.flush()
    try:
        partner.serve()
    except KeyboardInterrupt:
        pass
    finally:
        partner.close()
    return 0


def _end_with_stdin() -> None:
    """End this process when its parent does, which closes the pipe."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())

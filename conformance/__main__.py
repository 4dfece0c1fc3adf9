"""`python -m conformance`: the command, where the folder of installed commands is not on the path."""

from conformance.cli import main

if __name__ == "__main__":
    main(prog_name="python -m conformance")

"""`mien`, or `python -m mien`: the command, imported where Ctrl-C already ends it well."""

import os
import sys


def main() -> None:
    """Run the command; never returns."""
    _open_what_is_closed()
    try:
        from mien import cli
        from mien.engine import exits
    except KeyboardInterrupt:
        sys.exit(130)
    exits.run(cli.app)


def _open_what_is_closed() -> None:
    """Let nothing read and write where a stream is closed, as by `2>&-`: the next file would get its number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))


if __name__ == "__main__":
    main()

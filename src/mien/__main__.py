"""`mien`, or `python -m mien`: the command, imported where Ctrl-C already ends it well."""

import sys


def main() -> None:
    """Run the command; never returns."""
    try:
        from mien import cli
        from mien.engine import exits
    except KeyboardInterrupt:
        sys.exit(130)
    exits.run(cli.app)


if __name__ == "__main__":
    main()

"""The bar of long work: a widget in JupyterLab, text in a terminal.

Text it is for the runner of headless notebooks, too, which tells of it and keeps it out of the page.
"""

import os
import re

from mien.engine import written

if written.OWN in os.environ:
    from tqdm.std import tqdm
else:
    from tqdm.auto import tqdm

__all__ = ["split", "tqdm"]

_LINE = re.compile(
    r"\r[^\r\n]*?\[\d+:\d\d[^\]\r\n]*\] *"  # a bar ends with its times, and what hides the end of a longer one
    r"|\r *(?=[\r\x1b])|\r|\x1b\[A"  # what takes it away, or goes back to the one above
)
_BAR = re.compile(r"\r(.*): +\d+%\|[^|]*\| (\d+)/(\d+) ")


def split(text: str) -> tuple[list[tuple[str, int, int]], str]:
    """What bars in a text say (what is done, how many are done, of how many), and the text without bars."""
    found = [bar.groups() for line in _LINE.findall(text) if (bar := _BAR.match(line))]
    return [(what, int(done), int(of)) for what, done, of in found], _LINE.sub("", text)

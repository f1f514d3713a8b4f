"""The report page as PDF, by WeasyPrint (the extra ``pdf``), in a process of its own: it loads nothing and has bounded time.

What a shop sends is on the page as text, and an agency's logo is a ``data:`` picture; whatever else a page might name is refused.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from importlib.util import find_spec

MOST_SECONDS = 180.0
MOST_MEMORY = 2 * 1024**3
"""Bytes of address space for the making."""


class PdfError(Exception):
    """The PDF cannot be made; the text says why and what to do."""


def can_make_pdf() -> bool:
    """Whether the extra is there."""
    return find_spec("weasyprint") is not None


def check_pdf() -> None:
    """Find out before a scan whether PDF can be written. Raises PdfError."""
    if not can_make_pdf():
        raise PdfError("PDF needs an extra: pip install 'shopwarden[pdf]'")


def pdf(page: str, *, seconds: float = MOST_SECONDS) -> bytes:
    """A page of ``html_report`` as PDF. Blocks for a second to a minute. Raises PdfError, also after ``seconds``."""
    check_pdf()
    command = [sys.executable, "-I", "-m", "reports.formats.pdf"]
    try:
        made = subprocess.run(  # noqa: S603  our own interpreter and program; the page goes in as bytes
            command, input=page.encode("utf-8", "replace"), capture_output=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise PdfError(f"the PDF took longer than {seconds:.0f} s and was given up; the HTML report prints the same") from error
    except OSError as error:
        raise PdfError(f"the PDF cannot be made ({error.strerror})") from error
    if made.returncode == -signal.SIGINT:  # a terminal sends Ctrl-C to both processes
        raise PdfError("the PDF was given up on Ctrl-C; the HTML report prints the same")
    if made.returncode != 0 or not made.stdout.startswith(b"%PDF-"):
        said = made.stderr.decode(errors="replace").strip().splitlines()
        raise PdfError(f"the PDF cannot be made ({said[-1][:200] if said else f'exit {made.returncode}'})")
    return made.stdout


def _make() -> None:
    """The other process: a page on stdin → PDF on stdout. Anything but ``data:`` is refused, in the page and in its pictures."""
    import logging
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    logging.disable(logging.CRITICAL)
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher

    page = sys.stdin.buffer.read().decode("utf-8")
    only_data = URLFetcher(allowed_protocols=("data",), allow_redirects=False)
    sys.stdout.buffer.write(HTML(string=page, url_fetcher=only_data).write_pdf())


if __name__ == "__main__":
    _make()

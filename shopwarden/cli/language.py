"""The language of whoever types. The code speaks English; what it asks, says and complains of is translated as checks' words are.

``--language`` goes first, then the configuration's ``[defaults] language``, then the terminal's own (``LC_ALL``, ``LC_MESSAGES``,
``LANG``). Help is printed before a configuration is read, which has no say there. What is printed for programs stays English, and
so do the manual pages.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from reports.i18n.language import Language

_NAMED, _CONFIGURED = "shopwarden.language.named", "shopwarden.language.configured"
_ENGLISH = frozenset({"", "en", "c", "c.", "po"})
"""How the code or the first two letters of the terminal's language are (``C``, ``C.UTF-8``, ``POSIX``) where there is nothing to
translate, so that nothing is imported for it.
"""


def named(_context: click.Context, _option: click.Parameter, code: str | None) -> str | None:
    """For an option ``--language``: from here on it is spoken."""
    _remember(_NAMED, code)
    return code


def configured(code: object) -> None:
    """What the configuration says, if it says anything; ``--language`` goes before it."""
    _remember(_CONFIGURED, code)


def speak_option(words: str) -> Callable[[Any], Any]:
    """``--language``, of a command that writes no report."""
    return click.option("--language", metavar="CODE", callback=named, is_eager=True, expose_value=False, help=words)


def spoken() -> Language:
    """The language that is spoken now."""
    from reports.i18n.language import codes, language

    wanted = _wanted()
    return language(wanted if wanted in codes() else "en")


def of_terminal() -> str:
    """The code of the terminal's language, where there are reports in it; else ``en``."""
    from reports.i18n.language import codes

    code = _terminals()
    return code if code in codes() else "en"


def said(words: str) -> str:
    """Words of ours in the language that is spoken, as far as it knows them; blanks around them stay."""
    if not words.strip() or _wanted() in _ENGLISH:
        return words
    return spoken().repeat(words.strip()).join(_around(words))


def _wanted() -> str:
    """The code that somebody asked for, which may be one that there is not."""
    context = click.get_current_context(silent=True)
    meta = context.meta if context is not None else {}
    return next((code for key in (_NAMED, _CONFIGURED) if (code := meta.get(key))), "") or _terminals()


def _terminals() -> str:
    set_to = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(name))), "")
    return set_to[:2].lower()


def _around(words: str) -> tuple[str, str]:
    start = len(words) - len(words.lstrip())
    return words[:start], words[len(words.rstrip()) :]


def _remember(key: str, code: object) -> None:
    context = click.get_current_context(silent=True)
    if context is not None and isinstance(code, str) and code:
        context.meta[key] = code.strip().lower()

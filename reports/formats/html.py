"""The report as one self-contained HTML page: nothing is loaded, nothing is run, the same view gives the same bytes."""

from __future__ import annotations

from collections.abc import Callable

from markupsafe import Markup, escape

from reports.i18n.language import Language, Said
from reports.text.markdown import to_html
from reports.text.page import sealed, style_sheet, templates
from reports.view.model import ReportView


def html(view: ReportView) -> str:
    """The page, complete. Its Content-Security-Policy allows its own style sheet and ``data:`` images, and nothing else."""
    sheet, policy = sealed(style_sheet(view.brand))
    page = templates().get_template("report.html.j2")
    return page.render(view=view, style=sheet, policy=policy, **_words(view.language))


def _words(page: Language) -> dict[str, Callable[..., str]]:
    """What templates say words with. Where a phrase is missing in the page's language, its English is marked as such.

    ``t`` and ``n`` (plurals) give HTML, ``label`` plain text for an attribute; ``said`` marks text that knows its language;
    ``lang`` is the attribute for an element in another one, and ``own`` for one of the page's within it.
    """

    def said(text: str) -> str:
        if not text or not isinstance(text, Said) or text.lang == page.code:
            return escape(text)
        return Markup('<span lang="{}">{}</span>').format(text.lang, text)

    return {
        "t": lambda key, **values: said(page.say(key, **values)),
        "n": lambda key, number, **values: said(page.count(key, number, **values)),
        "label": lambda key, **values: str(page.say(key, **values)),
        "said": said,
        "lang": lambda code: "" if code == page.code else Markup(' lang="{}"').format(code),
        "own": lambda around: "" if around == page.code else Markup(' lang="{}"').format(page.code),
        "number": page.number,
        "where": page.where,
        "markdown": lambda text, code: to_html(text, page, code),
    }

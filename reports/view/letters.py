"""Ready texts to send: a mail to the hosting company about one rule, one about everything, and a list for a developer. Pure."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import quote

from reports.i18n.language import Language, Said, english, first_capital
from reports.text.markdown import code, to_text
from reports.view.model import Card, Letter, where_of
from scanner.results.result import OpenFinding, ScanResult
from scanner.rules.articles import Article
from scanner.rules.verdicts import Finding
from scanner.text.sanitize import sanitize

MOST_IN_MAIL = 10
MOST_ADDRESSES_IN_MAIL = 5
MOST_POINTS = 40
"""Rules in a text about everything."""
MOST_PLACES = 5
"""Places a rule in a text about everything."""
MOST_ON_PAPER = 12
"""Rules in the short version."""
MOST_IN_LINK = 1800
"""Characters of a ``mailto:`` link: mail programs cut or refuse longer ones."""
_ADDRESS = 400
_HELLO = r"(?:Hello|Dear|Hi|Good day|Dzień dobry|Guten Tag)\b"
_THANKS = (
    r"(?:Thank|Many thanks|Kind regards|Best regards|Regards|Yours|Dziękuję|Z poważaniem|Danke|Vielen Dank|Mit freundlichen)"
)
_GREETING = re.compile(rf"\A({_HELLO}[^\n]{{0,60}})\n+", re.IGNORECASE)
_CLOSING = re.compile(rf"\n({_THANKS}[^\n]{{0,60}})\s*\Z", re.IGNORECASE)
_SHORT_GREETING = re.compile(r"\A(?:Hello|Hi|Dzień dobry|Guten Tag),\s", re.IGNORECASE)
_SHORT_CLOSING = re.compile(r"\s(?:Thank you|Many thanks|Dziękuję|Vielen Dank)[.!]?\s*\Z", re.IGNORECASE)


def mail(result: ScanResult, article: Article, found: Sequence[OpenFinding], language: Language) -> str:
    """A mail to the hosting company, ready to send: which shop, the article's request, then what was seen and where.

    Its subject is the area and the rule, since an article's title speaks to the shop's owner. The article's own greeting, closing
    and subject line are kept to one each, whether it has them or not. language: its own.
    """
    site, rule = result.site, found[0].rule
    greeting, asked, closing = _request(article.ask)
    more = len(found) - MOST_IN_MAIL
    return "\n".join([
        language.say("card.subject", subject=f"{sanitize(site.host, 260)}: {language.area(rule.area)} ({rule.id})"),
        "",
        greeting or language.say("send.dear_host"),
        "",
        language.say("send.about_shop", shop=_shop(result)),
        "",
        asked,
        "",
        language.say("send.saw", moment=language.moment(result.started)),
        *(line for finding in found[:MOST_IN_MAIL] for line in _mailed(finding.finding, language)),
        *([f"- {language.count('send.same_kind', more)}"] if more > 0 else []),
        "",
        closing or language.say("send.regards"),
    ])  # fmt: skip


def for_host(result: ScanResult, cards: Sequence[Card], language: Language) -> Letter | None:
    """One mail to the hosting company about every rule in ``cards`` that is for it, in their order; None without any."""
    cards = [card for card in cards if card.mail]
    if not cards:
        return None
    site, when = result.site, language.moment(result.started)
    head = [language.say("send.dear_host"), language.say("send.host_lead", shop=_shop(result), moment=when)]
    points = [tuple(_for_host(number, card, language)) for number, card in enumerate(cards[:MOST_POINTS], 1)]
    subject = language.say("send.host_subject", host=sanitize(site.host, 260))
    return _letter(subject, head, points, cards, language)


def for_developer(result: ScanResult, cards: Sequence[Card], language: Language) -> Letter | None:
    """What a developer needs about every rule in ``cards``, as Markdown: its id, places, what to paste, how to verify."""
    if not cards:
        return None
    site, when = result.site, language.moment(result.started)
    head = [language.say("send.developer_lead", url=sanitize(site.url, _ADDRESS), moment=when)]
    points = [tuple(_for_developer(card, language)) for card in cards[:MOST_POINTS]]
    subject = language.say("send.developer_subject", host=sanitize(site.host, 260))
    return _letter(subject, head, points, cards, language)


def _letter(
    subject: str, head: Sequence[Said], points: Sequence[tuple[Said, ...]], cards: Sequence[Card], language: Language
) -> Letter:
    """Head, points, what is left out, regards."""
    regards = language.say("send.regards")
    left = [language.count("send.points_left", len(cards) - len(points))] if len(cards) > len(points) else []

    def short(number: int) -> tuple[Said, ...]:
        """A line for each of the first cards, and how many are left."""
        lines = [Said(f"{place}. {card.title}: {card.where}", card.lang) for place, card in enumerate(cards[:number], 1)]
        rest = [language.count("send.points_left", len(cards) - number)] if number < len(cards) else []
        return (*head, *lines, *rest, language.say("send.report_follows"), regards)

    links = (_mailto(subject, short(number)) for number in range(len(cards), 0, -1))
    return Letter(
        subject,
        (*head, *(paragraph for point in points for paragraph in point), *left, regards),
        short(MOST_ON_PAPER),
        next((link for link in links if len(link) <= MOST_IN_LINK), _mailto(subject, short(0))),
    )


def _mailto(subject: str, paragraphs: Sequence[str]) -> str:
    """A link that opens a mail program (RFC 6068: line ends are CR LF)."""
    body = "\r\n\r\n".join(paragraphs)
    return f"mailto:?subject={quote(subject, safe='')}&body={quote(body, safe='')}"


def _for_host(number: int, card: Card, language: Language) -> Iterator[Said]:
    """Title, request, places: all in the article's language."""
    spoken = _spoken(card, language)
    _, asked, _ = _request(card.ask)
    yield Said(f"{number}. {card.title}", spoken.code)
    yield Said(asked, spoken.code)
    yield Said("\n".join([f"{spoken.say('send.seen_at')}:", *_places(card, spoken)]), spoken.code)


def _for_developer(card: Card, language: Language) -> Iterator[Said]:
    """Title, rule, places, risk, what to paste, how to verify: all in the article's language."""
    spoken = _spoken(card, language)
    parts = [
        f"## {card.title}",
        f"`{card.rule}` · {spoken.severity(card.severity)}",
        "\n".join([f"{spoken.say('send.seen_at')}:", *_places(card, spoken, shown=code)]),
        *(textwrap.indent(evidence.ready, "    ") for evidence in card.findings[:MOST_PLACES]),
        f"{spoken.say('card.risk')} {card.risk}" if card.risk else "",
        *(part for fix in card.fixes for part in (f"### {spoken.where(fix.where)}", fix.markdown)),
        f"### {spoken.say('card.verify')}",
        card.verify,
    ]
    yield from (Said(part, spoken.code) for part in parts if part)


def _spoken(card: Card, language: Language) -> Language:
    return language if card.lang == language.code else english()


def _places(card: Card, language: Language, shown: Callable[[str], str] = str) -> Iterator[str]:
    places = list(dict.fromkeys(map(where_of, card.findings)))
    yield from (f"- {shown(place)}" for place in places[:MOST_PLACES])
    if (more := len(places) - MOST_PLACES + card.more) > 0:
        yield f"- {language.say('count.more', n=language.number(more))}"


def _request(ask: str) -> tuple[str, str, str]:
    """An article's request as greeting, text and closing; greeting and closing are "" where it has none of its own lines."""
    asked = re.sub(r"\A(?:Subject|Temat|Betreff):[^\n]*\n+", "", to_text(ask))
    greeting, closing = _GREETING.match(asked), _CLOSING.search(asked)
    asked = asked[greeting.end() if greeting else 0 : closing.start() if closing else len(asked)]
    asked = _SHORT_CLOSING.sub("", _SHORT_GREETING.sub("", asked.strip())).strip()
    return greeting[1] if greeting else "", first_capital(asked), closing[1] if closing else ""


def _shop(result: ScanResult) -> str:
    """The shop's name, where it has one besides its address, and the address."""
    site = result.site
    url = sanitize(site.url, _ADDRESS)
    return url if site.name in {"", site.host} else f"{sanitize(site.name, 120)}, {url}"


def _mailed(finding: Finding, language: Language) -> list[str]:
    addresses = finding.locations or (finding.subject,)
    more = len(addresses) - MOST_ADDRESSES_IN_MAIL
    shown = language.repeat(sanitize(finding.shown.partition("\n\n")[0], _ADDRESS, lines=True))  # what follows is for the page
    return [
        *(f"- {sanitize(address, _ADDRESS)}" for address in addresses[:MOST_ADDRESSES_IN_MAIL]),
        *([f"- {language.count('count.more_addresses', more)}"] if more > 0 else []),
        *(f"  {line}".rstrip() for line in shown.splitlines()),
    ]

"""A recording → the result it was, judged again by today's rules. No network, no clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from scanner.engine.catalogue import Catalogue
from scanner.engine.recording import BadRecording, Recording
from scanner.engine.scan import Order, Scan, judged
from scanner.evidence import Arrival, OwnersRecord
from scanner.results.result import Limited, Requests, ScanResult, Status
from scanner.scope.target import BadAddress
from scanner.text.sanitize import sanitize


def recording_of(scan: Scan) -> Recording:
    """What is kept of a scan, to judge it again: no names of people, since recordings are shown to others."""
    rules = tuple(judged.rule.id for judged in scan.result.judged)
    order = scan.order
    own = scan.gathered.get(OwnersRecord)
    gathered = {**scan.gathered, OwnersRecord: own.nameless} if isinstance(own, OwnersRecord) else scan.gathered
    return Recording(order.asked.url, order.target.names, rules, _facts(order, scan.result), gathered, scan.knowledge.tables)


def _facts(order: Order, result: ScanResult) -> dict[str, Any]:
    """What a recording keeps besides the evidence. followed: where ``--follow`` led, or ""."""
    return {
        "followed": order.target.url if order.typed else "",
        "started": result.started.isoformat(),
        "finished": result.finished.isoformat(),
        "status": str(result.status),
        "because": result.because,
        "requests": asdict(result.requests),
        "limited": asdict(result.limited) if result.limited else None,
    }


def result_of(recording: Recording, order: Order, catalogue: Catalogue) -> ScanResult:
    """Judge again, by the tables that the recording holds in place of those at hand.

    Raises BadRecording where the facts cannot be read.
    """
    if Arrival not in recording.gathered:
        raise BadRecording("the recording holds no Arrival: it says not how the shop received us")
    facts: Mapping[str, Any] = recording.facts
    try:
        started, finished = (datetime.fromisoformat(facts[key]) for key in ("started", "finished"))
        status, because = Status(facts["status"]), facts["because"]
        requests = Requests(**{key: _count(value) for key, value in facts["requests"].items()})
        limited = _limited(facts.get("limited"))
        _check(started, finished, because)
        if followed := facts.get("followed"):  # none in a recording of an older version
            order = order.moved_to(followed)
    except (KeyError, TypeError, ValueError, AttributeError, BadAddress) as error:
        raise BadRecording(f"the recording's manifest cannot be read ({sanitize(str(error), 120)})") from error
    knowledge = catalogue.knowledge.with_tables(recording.tables)
    result = judged(order, catalogue, recording.gathered, knowledge, started, finished, Counter())
    if not (order.options.only or order.options.skip):
        result = replace(result, limited=limited)  # as it was: rules that came since were not left out by anybody
    return replace(result, status=status, because=because, requests=requests)


def _limited(recorded: Mapping[str, Any] | None) -> Limited | None:
    """Raises KeyError, TypeError or ValueError."""
    if recorded is None:
        return None
    return Limited(_count(recorded["rules"]), _count(recorded["of"]), sanitize(recorded["because"]), recorded["graded"] is True)


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{value!r} is no count")
    return value


def _check(started: datetime, finished: datetime, because: object) -> None:
    """Raises ValueError."""
    if started.tzinfo is None or finished.tzinfo is None or finished < started:
        raise ValueError("the times of the scan make no sense")
    if because is not None and not isinstance(because, str):
        raise ValueError("the reason is no text")

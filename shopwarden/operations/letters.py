"""Files with letters, configuration and options → what is looked at, and the reports that are written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from scanner.engine.catalogue import NO_RULE_LEFT, Catalogue
from scanner.engine.letters import LetterLook
from scanner.gatherers.letters.letters import LetterPlace
from scanner.results.letter_document import letter_document, letter_line
from scanner.results.result import Accepted
from scanner.settings.errors import BadSettings
from scanner.settings.models import Settings
from scanner.settings.options import ScanOptions
from scanner.text.cards import name_without_card_numbers
from shopwarden.operations.errors import Refused
from shopwarden.operations.report_options import unreportable
from shopwarden.operations.write_reports import Reports


def places_of(files: Iterable[Path], authserv_id: str) -> tuple[LetterPlace, ...]:
    """What is to be read, each file once. Raises Refused for one that is not there."""
    for file in files:
        if not file.exists():
            raise Refused(f"{file}: there is no such file or folder; save the mail as .eml and give that file")
    return tuple(
        LetterPlace(file.absolute(), name_without_card_numbers(str(file)), authserv_id=authserv_id)
        for file in dict.fromkeys(files)
    )


def options_of(settings: Settings, given: Mapping[str, Any]) -> ScanOptions:
    """The options of the command line over those of ``[defaults]``. Raises BadSettings."""
    options = settings.options_for(None, dict(given))
    for key, problem in unreportable(options):
        raise BadSettings(f"{f'--{key}' if key in given else settings.place('defaults', key)}: {problem}")
    return options


def rules_of(options: ScanOptions, given: Mapping[str, Any], catalogue: Catalogue) -> tuple[str, ...]:
    """The rules that judge letters, as far as they are wanted. What ``[defaults]`` says of a shop's rules does not matter.

    Raises BadSettings.
    """
    every = catalogue.chosen(shop=False, letters=True)
    for key in ("only", "skip"):
        for rule in given.get(key, ()):
            if rule not in catalogue.rules:
                raise BadSettings(f"--{key}: {catalogue.no_such_rule(rule)}")
            if rule not in every:
                raise BadSettings(f"--{key}: {rule} judges shops, not letters (shopwarden scan); of letters: {', '.join(every)}")
    only, skip = ([rule for rule in rules if rule in every] for rules in (options.only, options.skip))
    if not (chosen := catalogue.chosen(only, skip, shop=False, letters=True)):
        raise BadSettings(NO_RULE_LEFT)
    return chosen


def accepted_in(settings: Settings) -> tuple[Accepted, ...]:
    """The risks that the owners of all shops in the configuration accepted: a subject names its domain."""
    return tuple(entry.accepted() for site in settings.site for entry in site.accepted if entry.rule.startswith("letter-"))


@dataclass(frozen=True)
class LetterReports(Reports):
    """The same reports as of a scan, but for the JSON: a document a letter, each on a line of its own."""

    look: LetterLook | None = None

    @cached_property
    def json(self) -> str:
        """For programs: a single letter is a single JSON document."""
        each = self.look.each if self.look else ()
        return "".join(letter_line(letter_document(letter, result, self.catalogue.articles)) for letter, result in each)

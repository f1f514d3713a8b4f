"""Every letter of the corpus is in order, and its weak twin has the faults that it was given and no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.engine.judging import judge_all
from scanner.evidence import Letters
from scanner.gatherers.letters.mailboxes import Piece
from scanner.gatherers.letters.reading import read_letter
from scanner.rules.verdicts import Confidence, Found, Inconclusive
from scanner.testing import NOW
from tests.corpus.letters import FAULTS, MAILBOX, MAILS, Mail
from tests.scanning import catalogue


def found(raw: bytes, kind: str, tmp_path: Path) -> set[str]:
    """The rules that find something that is more than possible."""
    file = tmp_path / "a.eml"
    file.write_bytes(raw)
    letter = read_letter(Piece(str(file), "a.eml", 0, len(raw)), MAILBOX)
    assert letter.kind == kind
    rules = catalogue().rules_of(catalogue().chosen(shop=False, letters=True))
    judged = judge_all(rules, {Letters: Letters((letter,), NOW)}, catalogue().knowledge)
    assert not [one.rule.id for one in judged if isinstance(one.verdict, Inconclusive) or one.defect]
    return {
        one.rule.id
        for one in judged
        if isinstance(one.verdict, Found) and any(each.confidence is not Confidence.POSSIBLE for each in one.verdict.findings)
    }


def test_there_are_sixty_of_them_and_every_fault() -> None:
    assert len(MAILS) == 60
    assert len({mail.name for mail in MAILS}) == 60
    assert {fault for mail in MAILS for fault in mail.faults} == set(FAULTS)


@pytest.mark.parametrize("mail", MAILS, ids=lambda mail: mail.name)
def test_both_twins(mail: Mail, tmp_path: Path) -> None:
    assert found(mail.good, mail.kind, tmp_path) == set()
    assert found(mail.weak, mail.kind, tmp_path) == {FAULTS[fault] for fault in mail.faults}

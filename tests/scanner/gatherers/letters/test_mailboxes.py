"""Where letters lie: files, mailboxes in one file, folders."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from scanner.gatherers.letters import mailboxes
from scanner.gatherers.letters.mailboxes import NoLetters, lying_at

LETTER = "From: a@shop.example\nSubject: {number}\n\n>From here on, it is quoted.\n"
FROM = "From anna@mailbox.example Mon Nov  2 10:00:00 2026\n"


def box(count: int) -> str:
    return "".join(f"{FROM}{LETTER.format(number=number)}\n" for number in range(count))


def test_one_file(tmp_path: Path) -> None:
    file = tmp_path / "a.eml"
    file.write_text(LETTER)
    (piece,) = lying_at(file, "a.eml", 5).pieces
    assert (piece.read().decode(), piece.in_mailbox) == (LETTER, False)


def test_apples_file_says_its_length_first(tmp_path: Path) -> None:
    file = tmp_path / "1.emlx"
    file.write_text(f"{len(LETTER)}\n{LETTER}<?xml version='1.0'?><plist/>")
    (piece,) = lying_at(file, "1.emlx", 5).pieces
    assert piece.read().decode() == LETTER


@pytest.mark.parametrize("line", [FROM, "From - Mon Nov 02 10:00:00 2026\n", "From \n", "From MAILER-DAEMON\n"])
def test_a_mailbox_gives_its_last_letters(tmp_path: Path, line: str) -> None:
    file = tmp_path / "inbox"
    file.write_text(box(7).replace(FROM, line))
    lying = lying_at(file, "inbox", 3)
    assert [piece.name for piece in lying.pieces] == ["inbox#5", "inbox#6", "inbox#7"]
    assert [piece.read().decode().splitlines()[1] for piece in lying.pieces] == ["Subject: 4", "Subject: 5", "Subject: 6"]
    assert lying.more == 4


def test_from_in_a_text_begins_no_letter(tmp_path: Path) -> None:
    file = tmp_path / "inbox"
    file.write_text(f"{FROM}{LETTER}\nFrom now on we are open on Sunday.\n\nBye\n")
    assert len(lying_at(file, "inbox", 3).pieces) == 1


def test_of_an_endless_mailbox_only_the_end_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailboxes, "MOST_OF_A_MAILBOX", 2_000)
    file = tmp_path / "inbox"
    file.write_text(box(100))
    with file.open("r+b") as opened:
        opened.seek(0, os.SEEK_END)
    lying = lying_at(file, "inbox", 5)
    assert lying.pieces[-1].read().decode().splitlines()[1] == "Subject: 99"


def test_a_damaged_mailbox(tmp_path: Path) -> None:
    file = tmp_path / "inbox"
    file.write_bytes(FROM.encode() + b"\x00" * 100_000)
    with pytest.raises(NoLetters, match="may be damaged"):
        lying_at(file, "inbox", 5)


def test_a_maildir_and_a_folder_of_files(tmp_path: Path) -> None:
    for folder in ("new", "cur", "tmp"):
        (tmp_path / "Mail" / folder).mkdir(parents=True)
    for number, name in enumerate(("cur/1:2,S", "new/2", "tmp/3")):
        file = tmp_path / "Mail" / name
        file.write_text(LETTER)
        os.utime(file, (number, number))
    assert [piece.name for piece in lying_at(tmp_path / "Mail", "Mail", 5).pieces] == ["Mail/1:2,S", "Mail/2"]
    plain = tmp_path / "letters"
    plain.mkdir()
    for number in range(4):
        (plain / f"{number}.eml").write_text(LETTER)
        os.utime(plain / f"{number}.eml", (number, number))
    (plain / "notes.txt").write_text("no letter")
    lying = lying_at(plain, "letters", 2)
    assert ([piece.name for piece in lying.pieces], lying.more) == (["letters/2.eml", "letters/3.eml"], 2)
    assert [piece.name for piece in lying_at(plain, "letters", 2, "0*").pieces] == ["letters/0.eml"]


def test_nothing_there(tmp_path: Path) -> None:
    (tmp_path / "empty.eml").touch()
    with pytest.raises(NoLetters, match="empty"):
        lying_at(tmp_path / "empty.eml", "empty.eml", 1)
    with pytest.raises(NoLetters, match=r"no \.eml file"):
        lying_at(tmp_path / "..", "..", 1) if not any(tmp_path.parent.glob("*.eml")) else lying_at(tmp_path, ".", 1, "x*")
    with pytest.raises(NoLetters, match="no file is called like 'x\\*'"):
        lying_at(tmp_path, ".", 1, "x*")
    with pytest.raises(NoLetters, match="no file and no folder"):
        lying_at(Path("/dev/null"), "/dev/null", 1)

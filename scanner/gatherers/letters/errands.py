"""What the process apart does for letters: says what lies at a place, reads a letter, and tries its signatures."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scanner.evidence import AuthResult, LetterSignature, UnreadLetter
from scanner.evidence.codec import encode
from scanner.gatherers.letters.mailboxes import NoLetters, Piece, lying_at
from scanner.gatherers.letters.reading import bytes_of, read_letter
from scanner.text.sanitize import sanitize

NO_LIBRARY = "Its DKIM signature was not tried: that needs the extra people (pip install 'shopwarden[people]')."
CHANGED = "Its DKIM signature does not fit: the letter was changed on its way, or where it was saved."


@dataclass(frozen=True, slots=True)
class Survey:
    """Say what lies at a place (Lying)."""

    path: str
    shown: str
    most: int
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """Say what a letter holds (Letter). authserv_id: whose Authentication-Results are believed, or ""."""

    piece: Piece
    authserv_id: str = ""


@dataclass(frozen=True, slots=True)
class Verify:
    """Say what became of each signature, in order. keys: the name of each key's record → its text, "" where there is none."""

    piece: Piece
    signatures: tuple[LetterSignature, ...]
    keys: tuple[tuple[str, str], ...]


def prepare(what: tuple[str, ...]) -> None:
    """Read what is needed later, before anything is limited."""
    for name in ("lxml.etree", "email.parser", "encodings.idna", *what):
        importlib.import_module(name)
    try:
        importlib.import_module("dkim")
    except ImportError:  # the extra is not there; the signatures say so
        return


def run(errand: Survey | Read | Verify, say: Callable[[Any], None]) -> None:
    """Carry out one."""
    match errand:
        case Survey(path, shown, most, pattern):
            try:
                say(encode(lying_at(Path(path), shown, most, pattern)))
            except NoLetters as reason:
                say(encode(UnreadLetter(shown, str(reason))))
            except OSError as error:
                say(encode(UnreadLetter(shown, f"{shown}: cannot be read ({error.strerror})")))
        case Read(piece, authserv_id):
            try:
                say(encode(read_letter(piece, authserv_id)))
            except NoLetters as reason:
                say(encode(UnreadLetter(piece.name, str(reason))))
            except OSError as error:
                say(encode(UnreadLetter(piece.name, f"{piece.name}: cannot be read ({error.strerror})")))
        case Verify(piece, signatures, keys):
            raw = bytes_of(piece)
            say([[result, why] for result, why in _tried(raw, signatures, dict(keys))])


def _tried(raw: bytes, signatures: Sequence[LetterSignature], keys: dict[str, str]) -> list[tuple[AuthResult, str]]:
    """Each signature, by RFC 6376 6.1."""
    try:
        import dkim
    except ImportError:
        return [(AuthResult.UNKNOWN, NO_LIBRARY)] * len(signatures)
    results: list[tuple[AuthResult, str]] = []
    for number, signature in enumerate(signatures):

        def key(name: bytes, timeout: int = 0) -> bytes | None:  # noqa: ARG001  dkimpy names it in its call
            return keys.get(name.decode("ascii", "replace").rstrip(".").lower(), "").encode("latin-1", "replace") or None

        try:
            verifier = dkim.DKIM(raw, minkey=512, timeout=1)
            results.append((AuthResult.PASS, "") if verifier.verify(idx=number, dnsfunc=key) else (AuthResult.FAIL, CHANGED))
        except dkim.ValidationError as error:
            past = "x= value is past" in str(error)
            why = f"The DKIM signature of {signature.domain} held for a time that is over." if past else CHANGED
            results.append((AuthResult.EXPIRED if past else AuthResult.FAIL, why))
        except (dkim.DKIMException, ValueError, KeyError, IndexError, TypeError, AttributeError, ArithmeticError) as error:
            why = f"The DKIM signature of {signature.domain} is not built as it should be ({sanitize(type(error).__name__, 40)})."
            results.append((AuthResult.FAIL, why))
    return results

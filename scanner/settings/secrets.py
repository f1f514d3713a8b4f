"""Secrets that the configuration only names: ``${NAME}``, ``keyring:service/user``, ``file:PATH``."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import quote

from scanner.settings.errors import BadSettings

_REFERENCE = re.compile(r"\$\{\w+\}|keyring:[^/]+/.+|file:.+")


def secret(reference: str, folder: Path) -> str:
    """The value behind ``${NAME}``, ``keyring:service/user`` or ``file:PATH``. Raises BadSettings, never with the value."""
    if match := re.fullmatch(r"\$\{(\w+)\}", reference):
        value = os.environ.get(match[1])
        if value is None:
            raise BadSettings(f"the environment has no {match[1]}; set it before the scan, for instance: export {match[1]}=…")
        return value
    if reference.startswith("file:"):
        path = folder / Path(reference.removeprefix("file:")).expanduser()
        try:
            return path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise BadSettings(f"{path}: the secret cannot be read ({reason})") from error
    service, _, user = reference.removeprefix("keyring:").partition("/")
    try:
        import keyring
    except ImportError as error:
        raise BadSettings("keyring: secrets need the extra: pip install 'shopwarden[secrets]'") from error
    found = keyring.get_password(service, user)
    if found is None:
        raise BadSettings(f"the keyring has no password for {service}/{user}")
    return str(found)


def is_reference(value: str) -> bool:
    """Whether a value as a whole stands for a secret elsewhere."""
    return _REFERENCE.fullmatch(value) is not None


def expanded(address: str, folder: Path) -> str:
    """An address with its secrets in place: one that is a reference as a whole, or holds ``${NAME}``. Raises BadSettings."""
    if is_reference(address):
        return secret(address, folder)
    return re.sub(r"\$\{\w+\}", lambda match: quote(secret(match[0], folder), safe=""), address)

"""A place that the owner lets us look into: where it lies, and how one gets in. Backups lie in such places, and records."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import field_validator

from scanner.settings.options import Model
from scanner.settings.secrets import is_reference


class PlaceSettings(Model):
    """What all places have."""

    location: str
    """Where they lie: a folder of this computer, or an address (below). A password never stands in it.
    Example: "sftp://backup@nas.example:2222/shop"
    """
    pattern: str | None = None
    """What their files are called like, with ``*`` and ``?``. Left out: as the usual tools call them.
    Example: "*.sql.gz"
    """
    key_file: Path | None = None
    """The private key for ``sftp://``. Left out: the keys that ssh would take.
    Example: "~/.ssh/backup_ed25519"
    """
    password: str | None = None
    """The password, an S3 secret key, or the passphrase of ``key_file``: never itself, only where it is to be had.
    Example: "${BACKUP_PASSWORD}"
    """
    known_hosts: Path | None = None
    """The file that confirms the key of an ``sftp://`` server. Left out: those that ssh reads.
    Example: "~/.ssh/known_hosts"
    """

    @field_validator("password")
    @classmethod
    def _reference(cls, value: str | None) -> str | None:
        if value is not None and not is_reference(value):
            raise ValueError(
                "a password is never written in this file; use ${NAME} from the environment, keyring:service/user or file:PATH"
            )
        return value

    @field_validator("location")
    @classmethod
    def _no_password(cls, value: str) -> str:
        if re.match(r"\w+://[^/@]*:[^/@]*@", value):
            raise ValueError('the location holds a password; leave it out and use password = "${NAME}" or key_file')
        return value

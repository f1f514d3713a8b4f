"""What a place's reader needs of the owner's: found here, where his secrets are, and handed over for that one place alone."""

from __future__ import annotations

import getpass
import os
from pathlib import Path

from scanner.gatherers.backups.places import CannotLook, FtpsFolder, Heartbeat, LocalFolder, Login, Place, SftpFolder, own_path
from scanner.settings.errors import BadSettings
from scanner.settings.places import PlaceSettings
from scanner.settings.secrets import secret

_USUAL_KEYS = ("~/.ssh/id_rsa", "~/.ssh/id_ecdsa", "~/.ssh/id_ed25519")
_USUAL_KNOWN_HOSTS = ("~/.ssh/known_hosts", "~/.ssh/known_hosts2", "/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2")
_ROOTS = ("SSL_CERT_FILE", "SSL_CERT_DIR")  # OpenSSL: SSL_CTX_set_default_verify_paths(3)
_AGENT = "SSH_AUTH_SOCK"


def login_at(place: Place, settings: PlaceSettings, folder: Path) -> Login:
    """What the reader of a place needs. folder: where relative paths start. Raises CannotLook."""
    if isinstance(place, LocalFolder):
        return Login()
    if isinstance(place, Heartbeat):
        return Login(environment=_environment(*_ROOTS))
    if isinstance(place, SftpFolder):
        return _by_ssh(place, settings, folder)
    password = _password(settings, folder)
    if not place.user or password is None:
        if isinstance(place, FtpsFolder):
            raise CannotLook("FTPS needs a user name in the location (ftps://user@host/folder) and a password.")
        if place.service == "s3":
            raise CannotLook("S3 needs the key's id in the location (s3://key-id@bucket/folder) and its secret as password.")
    return Login(password=password, environment=_environment(*_ROOTS))


def _by_ssh(place: SftpFolder, settings: PlaceSettings, folder: Path) -> Login:
    """A key that is named; else the password; else what ``ssh`` would try. The agent is asked where no password stands alone."""
    password = _password(settings, folder)
    key = _key_file(settings, folder)
    usual = [own_path(Path(file), folder) for file in _USUAL_KEYS] if key is None and password is None else []
    known = (settings.known_hosts,) if settings.known_hosts else tuple(map(Path, _USUAL_KNOWN_HOSTS))
    return Login(
        user=place.user or _own_name(),
        password=password,
        keys=(key,) if key is not None else tuple(file for file in usual if file.is_file()),
        known_hosts=tuple(own_path(file, folder).absolute() for file in known),
        given=settings.known_hosts is not None,
        environment=_environment(_AGENT) if password is None or key is not None else (),
    )


def _environment(*names: str) -> tuple[tuple[str, str], ...]:
    """Of the variables that are set, the paths they hold."""
    return tuple((name, os.path.abspath(value)) for name in names if (value := os.environ.get(name)))  # noqa: PTH100  as text


def _password(settings: PlaceSettings, folder: Path) -> str | None:
    try:
        return None if settings.password is None else secret(settings.password, folder)
    except BadSettings as error:
        raise CannotLook(f"The password cannot be had: {error}.") from error


def _key_file(settings: PlaceSettings, folder: Path) -> Path | None:
    if settings.key_file is None:
        return None
    path = own_path(settings.key_file, folder)
    try:
        with path.open("rb") as file:
            head = file.read(100)
    except OSError as error:
        raise CannotLook(f"The key file {path} cannot be read: {error.strerror}.") from error
    if b"PRIVATE KEY-----" not in head:
        raise CannotLook(f"{path} is not a usable private key. A key of PuTTY must be exported in OpenSSH's format first.")
    return path.absolute()


def _own_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError) as error:
        raise CannotLook("The location names no user; write sftp://user@host/folder.") from error

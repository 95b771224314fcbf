"""Reading of the configuration files: .env, files with secrets, subscribers.yaml.

    environment ┐
    .env        ┼─> load_settings ──> Settings                (checked by digest.config.settings)
    options     ┘
    subscribers.yaml ─> load_subscriptions ──> Subscriptions  (checked by digest.config.subscribers)

This module reports files that are missing, unreadable, too large or not UTF-8.
"""

import dataclasses
import io
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from digest import durable
from digest.config.environment import Origin
from digest.config.setting_names import without_prefix
from digest.config.settings import SETTINGS, Secret, Settings, papers_beside, settings_from
from digest.config.subscribers import parse
from digest.errors import ConfigurationError, Mistake, MistakesError
from digest.model.subscriber import Subscriptions
from digest.text import NotUtf8Error, decoded, logfmt

log = logging.getLogger(__name__)

CREDENTIAL = "smtp_password"
"""The name of the password among systemd's credentials, as in `LoadCredential=smtp_password:…`."""
KEY_CREDENTIAL = "dkim_key"
"""The name of the DKIM key among systemd's credentials."""

_LARGE = 64 * 1024
"""The size in bytes from which on a cache is written for subscribers.yaml."""

_LARGEST = 256 * 1024 * 1024
"""The most bytes of a file. A million readers take less than half of it."""

_NOTHING: Mapping[str, str] = MappingProxyType({})


def load_settings(
    env_file: Path | None,
    environment: Mapping[str, str],
    overrides: Mapping[str, str] = _NOTHING,
    *,
    state_at: Callable[[Path], Path] | None = None,
) -> Settings:
    """Reads the settings from a .env file, the environment and `overrides`; the later one wins.

    `env_file` must exist if it is named; None means `.env` in the working directory, if there is
    one. `overrides` holds settings by name, from the command line. A variable that is empty in the
    environment cancels its value in .env. If no setting names the state, `state_at` gets the path
    beside subscribers.yaml and returns the path to use.

    Raises:
        ConfigurationError: A file cannot be read.
        MistakesError: The settings have mistakes; the error lists all of them.
    """
    values, origins, mistakes = _env_file(env_file)
    remarks = tuple(_unread(origins))
    for source, where in ((environment, "in the environment"), (overrides, "on the command line")):
        values |= source
        origins |= dict.fromkeys(source, Origin(where))
    credentials = environment.get("CREDENTIALS_DIRECTORY")
    password, key = _password(values, credentials), _dkim_key(values, credentials)
    try:
        settings = settings_from(values, password=password, dkim_key=key, origins=origins)
    except MistakesError as error:
        raise MistakesError([*mistakes, *error.mistakes]) from error
    if mistakes:
        raise MistakesError(mistakes)
    settings = replace(settings, remarks=remarks)
    if state_at is None or values.get("DIGEST_STATE") or values.get("STATE_DIRECTORY"):
        return settings
    state = state_at(settings.state)
    return replace(settings, state=state, papers=papers_beside(state, values))


def secret_files(env_file: Path | None, environment: Mapping[str, str]) -> list[Path]:
    """The files that contain a password or a key, .env among them if it has the password.

    Raises:
        ConfigurationError: .env cannot be read.
    """
    written, origins, _ = _env_file(env_file)
    values = {**written, **environment}
    credentials = environment.get("CREDENTIALS_DIRECTORY")
    found = []
    if not values.get("DIGEST_SMTP_PASSWORD"):
        file = values.get("DIGEST_SMTP_PASSWORD_FILE")
        found.append(_secret_file(file, credentials, CREDENTIAL))
    elif "DIGEST_SMTP_PASSWORD" in origins and "DIGEST_SMTP_PASSWORD" not in environment:
        found.append(env_file or Path(".env"))
    found.append(_secret_file(values.get("DIGEST_DKIM_KEY_FILE"), credentials, KEY_CREDENTIAL))
    return [path for path in found if path is not None]


def load_subscriptions(path: Path, copy: Path | None = None) -> Subscriptions:
    """Reads subscribers.yaml.

    Args:
        path: the file.
        copy: the place of a cache for a large file; None for no cache. It saves seconds with a
            hundred thousand readers, and can be deleted at any time.

    Raises:
        ConfigurationError: The file cannot be read.
        MistakesError: The file has mistakes; the error lists all of them.
    """
    hint = "`digest init` writes one, or name it with --subscribers (`digest help configuration`)"
    data = _bytes_of(path, hint)
    if copy is None or len(data) < _LARGE:
        found = parse(data, str(path))
    else:
        found = _copied(copy, data) or _copy(copy, data, parse(data, str(path)))
    return dataclasses.replace(found, file=str(path.resolve()))


def _copied(copy: Path, data: bytes) -> Subscriptions | None:
    from digest.config.cache import decompiled  # noqa: PLC0415 (for large files alone)

    try:
        return decompiled(copy.read_bytes(), data)
    except OSError:
        return None


def _copy(copy: Path, data: bytes, subscriptions: Subscriptions) -> Subscriptions:
    from digest.config.cache import compiled  # noqa: PLC0415 (the same)

    try:
        durable.replace(copy, [compiled(subscriptions, data)])
    except OSError as error:  # the file is read again next time
        log.debug(logfmt("copy-not-kept", file=copy, reason=error))
    return subscriptions


def _env_file(named: Path | None) -> tuple[dict[str, str], dict[str, Origin], list[Mistake]]:
    """The variables of a .env file, the origin of each, and the mistakes in its lines."""
    path = named or Path(".env")
    values: dict[str, str] = {}
    origins: dict[str, Origin] = {}
    mistakes: list[Mistake] = []
    if named is None and not path.is_file():
        return values, origins, mistakes
    text = _text_of(path, "write it, or leave --env-file out")
    from dotenv.parser import parse_stream  # noqa: PLC0415 (not everybody has a .env)

    # Not `dotenv_values`: it gives no line numbers and only logs the lines that it cannot read.
    for binding in parse_stream(io.StringIO(text)):
        name, value, original = binding.key, binding.value, binding.original
        name = name.lstrip("\ufeff") if name else None  # inside a file if files were joined
        blank = len(original.string) - len(original.string.lstrip())
        line = original.line + original.string.count("\n", 0, blank)
        if binding.error or (name and value is None):
            mistakes.append(Mistake(str(path), line, "this line is not NAME=value, nor a comment"))
        elif name and value is not None:
            if name in origins:
                found = f"it is set a second time, first in line {origins[name].line}"
                mistakes.append(Mistake(f"{name} in {path}", line, found))
            values[name] = value
            origins[name] = Origin(f"in {path}", line)
    return values, origins, mistakes


def _unread(origins: Mapping[str, Origin]) -> Iterator[str]:
    """Yields a sentence for each name in .env that is a setting without its prefix."""
    for name, origin in origins.items():
        setting = without_prefix(name, SETTINGS)
        if setting and setting not in (name, *origins):
            place = f"{origin.where.removeprefix('in ')}:{origin.line}"
            yield f"{place}: {name} is not read; did you mean {setting}?"


def _password(values: Mapping[str, str], credentials: str | None) -> Secret | None:
    """The password, from the file named in the settings or from systemd's credentials."""
    if values.get("DIGEST_SMTP_PASSWORD"):
        return None
    path = _secret_file(values.get("DIGEST_SMTP_PASSWORD_FILE"), credentials, CREDENTIAL)
    if path is None:
        return None
    hint = "write the password into it, or name another with DIGEST_SMTP_PASSWORD_FILE"
    text = _text_of(path, hint).removesuffix("\n").removesuffix("\r")
    if not text or "\n" in text:
        problem = "has more than one line" if text else "is empty"
        raise ConfigurationError(f"The file {path} {problem}; {hint}.")
    return Secret(text)


def _dkim_key(values: Mapping[str, str], credentials: str | None) -> Secret | None:
    """The key for signing mail, as it stands in its file."""
    path = _secret_file(values.get("DIGEST_DKIM_KEY_FILE"), credentials, KEY_CREDENTIAL)
    if path is None:
        return None
    hint = "make a key as `digest help operations` shows, or name another with DIGEST_DKIM_KEY_FILE"
    return Secret(_text_of(path, hint))


def _secret_file(named: str | None, credentials: str | None, name: str) -> Path | None:
    """The file named in the settings, or the one among systemd's credentials, or None."""
    if named:
        return Path(named)
    if credentials and not _is_missing(Path(credentials, name)):
        return Path(credentials, name)
    return None


def _is_missing(path: Path) -> bool:
    """Whether the file is missing. A file that cannot be examined counts as present."""
    try:
        path.stat()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return False


def _text_of(path: Path, hint: str) -> str:
    """The text in the file, without a byte order mark."""
    try:
        return decoded(_bytes_of(path, hint))
    except NotUtf8Error as error:
        # The message omits the cause and the byte, which may belong to a password.
        kind = error.kind.removeprefix("it ")
        raise ConfigurationError(f"The file {path} {kind}; save it as UTF-8.") from None


def _bytes_of(path: Path, hint: str) -> bytes:
    """The bytes of the file; `hint` is the advice in the message if it is missing."""
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except FileNotFoundError as error:
        raise ConfigurationError(f"There is no file {path}; {hint}.") from error
    except IsADirectoryError as error:
        raise ConfigurationError(f"{path} is a directory, not a file; {hint}.") from error
    except PermissionError as error:
        raise ConfigurationError(
            f"The file {path} may not be read by this user; change its owner or its mode."
        ) from error
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"The file {path} cannot be read: {error}.") from error
    if len(data) > _LARGEST:
        raise ConfigurationError(f"{path} has more than {_LARGEST >> 20} MB; is it the right file?")
    return data

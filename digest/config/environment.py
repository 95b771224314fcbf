"""Typed reading of environment variables; each wrong value is noted with its origin."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from digest.config.setting_names import like, meant
from digest.errors import Mistake, MistakesError
from digest.text import either, shown

_NUMBER = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")
Default = TypeVar("Default", float, None)
Whole = TypeVar("Whole", int, None)


@dataclass(frozen=True, slots=True)
class Origin:
    """The place where a variable was set: words such as "in .env", and the line, 0 for none."""

    where: str
    line: int = 0


class Variables:
    """Variables with their origins. A value that is empty, or only spaces, counts as not set.

    A wrong value is noted as a mistake, and then counts as not set.
    """

    def __init__(self, values: Mapping[str, str], origins: Mapping[str, Origin]) -> None:
        self._values = values
        self._origins = origins
        self._mistakes: list[Mistake] = []

    def wrong(self, name: str, found: str) -> None:
        """Notes a mistake in the variable `name`."""
        origin = self._origins.get(name)
        where = f"{name} {origin.where}" if origin else name
        self._mistakes.append(Mistake(where, origin.line if origin else 0, found))

    def raise_mistakes(self) -> None:
        """Raises MistakesError if any mistake was noted."""
        if self._mistakes:
            raise MistakesError(self._mistakes)

    def refuse_unknown(self, known: Collection[str], *, besides: Collection[str] = ()) -> None:
        """Notes every `DIGEST_` variable that is neither in `known` nor in `besides`."""
        for name in self._values:
            if name.startswith("DIGEST_") and name not in known and name not in besides:
                guess = meant(name, known)
                hint = f"did you mean {guess}?" if guess else f"the nearest is {like(name, known)}"
                self.wrong(name, f"there is no such setting; {hint}")

    def value(self, name: str) -> str | None:
        """The value as it was set, or None if it is not set."""
        value = self._values.get(name, "")
        return value if value.strip() else None

    def text(self, name: str, check: Callable[[str], str]) -> str | None:
        """The value as `check` returns it; a ValueError of `check` is noted as a mistake."""
        value = self.value(name)
        if value is None:
            return None
        try:
            return check(value.strip())
        except ValueError as error:
            self.wrong(name, f"{error}")
            return None

    def choice(self, name: str, allowed: Sequence[str]) -> str:
        """The value, one of `allowed` in any case; the first of these if it is not set."""
        value = (self.value(name) or allowed[0]).strip().lower()
        if value not in allowed:
            self.wrong(name, f"{shown(value)} is not allowed; write {either(allowed)}")
            return allowed[0]
        return value

    def number(self, name: str, default: Default, least: float, most: float) -> float | Default:
        """The value as a number from `least` to `most`; `default` if it is not set."""
        value = self.value(name)
        if value is None:
            return default
        if _NUMBER.fullmatch(value.strip()) and least <= float(value) <= most:
            return float(value)
        self.wrong(
            name, f"{shown(value)} is not allowed; write a number from {least:g} to {most:g}"
        )
        return default

    def whole(self, name: str, default: Whole, least: int, most: int) -> int | Whole:
        """The value as a whole number from `least` to `most`; `default` if it is not set."""
        value = self.value(name)
        if value is None:
            return default
        value = value.strip()
        if re.fullmatch("[0-9]{1,9}", value) and least <= int(value) <= most:
            return int(value)
        self.wrong(
            name, f"{shown(value)} is not allowed; write a whole number from {least} to {most}"
        )
        return default

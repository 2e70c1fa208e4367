"""Settings as they are written → what they stand for, with the secrets known."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from flowguard.model.hidden import is_secret_name
from flowguard.notify.message import Message
from flowguard.notify.undelivered import Undelivered
from flowguard.smoke.secrets import Secrets

_VARIABLE = re.compile(r"\$\{env\.([A-Za-z_][A-Za-z0-9_]*)\}")


class Settings:
    """Fills variables of the environment in, and knows which of them are secret."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Every variable that has the name of a secret is one."""
        self.environment = environment
        self.secrets = Secrets()
        for name, value in environment.items():
            if is_secret_name(name):
                self.secrets.add(value)

    def learn(self, written: Iterable[str]) -> None:
        """Take what stands in these settings alone for secret: a webhook, a token."""
        for text in written:
            if match := _VARIABLE.fullmatch(text):
                self.secrets.add(self.environment.get(match[1], ""))

    def filled(self, written: str) -> str:
        """With the variables filled in; raises `Undelivered` for one that is not set."""
        return _VARIABLE.sub(self._value, written)

    def masked(self, message: Message) -> Message:
        """The message, without any secret."""
        mask = self.secrets.mask
        return replace(
            message,
            title=mask(message.title),
            parts=tuple(
                replace(
                    part, title=mask(part.title), lines=tuple(map(mask, part.lines))
                )
                for part in message.parts
            ),
        )

    def _value(self, match: re.Match[str]) -> str:
        value = self.environment.get(match[1], "")
        if not value:
            raise Undelivered(f"the variable {match[1]} is not set")
        return value

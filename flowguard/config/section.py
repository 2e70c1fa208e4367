"""What every section of `flowguard.yml` is."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A mapping with the keys of its fields and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

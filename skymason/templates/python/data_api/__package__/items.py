"""Items: what the service keeps. Replace them with the service's own."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

Quantity = Annotated[int, Field(ge=0, le=2**31 - 1)]
Name = Annotated[str, Field(min_length=1, max_length=200)]


class ItemContent(BaseModel):
    """What a caller says of an item."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: Name
    quantity: Quantity = 0


class Item(ItemContent):
    """An item as it is kept. version: counts its changes, from 1."""

    model_config = ConfigDict(extra="ignore")

    id: UUID
    version: int
    created_at: datetime
    updated_at: datetime


class Page(BaseModel):
    """Some items, oldest first. next: what to ask for to get those that follow; null at the end."""

    items: list[Item]
    next: str | None

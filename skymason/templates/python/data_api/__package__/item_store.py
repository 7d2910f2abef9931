"""Items in the database, with the cache in front."""

import base64
from datetime import datetime
from uuid import UUID, uuid4

from .cache import GONE, Cache
from .database import Database
from .items import Item, ItemContent, Page


class StaleError(Exception):
    """Somebody else has changed the item since the caller saw it."""


class ItemStore:
    """Items by id. Every method may raise one of `database.AWAY`.

    A single item is looked for in the cache first, and put there when it was read or written (cache-aside);
    versions keep an older copy from replacing a newer one.
    """

    def __init__(self, database: Database, cache: Cache) -> None:
        self._database, self._cache = database, cache

    async def create(self, content: ItemContent) -> Item:
        async with self._database.write() as connection:
            cursor = await connection.execute(
                "INSERT INTO items (id, name, quantity) VALUES (%s, %s, %s) RETURNING *",
                (uuid4(), content.name, content.quantity),
            )
            item = Item.model_validate(await cursor.fetchone())
        await self._keep(item)
        return item

    async def get(self, id: UUID) -> Item | None:
        """None where there is none."""
        kept = await self._cache.get(_key(id))
        if kept is not None:
            return None if kept == GONE else Item.model_validate_json(kept)
        async with self._database.read() as connection:
            cursor = await connection.execute("SELECT * FROM items WHERE id = %s", (id,))
            row = await cursor.fetchone()
        if row is None:
            return None
        item = Item.model_validate(row)
        await self._keep(item)
        return item

    async def replace(self, id: UUID, content: ItemContent, version: int) -> Item | None:
        """Change the item that the caller saw. None where there is none; raises StaleError where it is
        another version by now."""
        async with self._database.write() as connection:
            cursor = await connection.execute(
                "UPDATE items SET name = %s, quantity = %s, version = version + 1, updated_at = now() "
                "WHERE id = %s AND version = %s RETURNING *",
                (content.name, content.quantity, id, version),
            )
            row = await cursor.fetchone()
            if row is None:
                found = await connection.execute("SELECT 1 FROM items WHERE id = %s", (id,))
                if await found.fetchone() is None:
                    return None
                raise StaleError(f"item {id} is no longer at version {version}")
        item = Item.model_validate(row)
        await self._keep(item)
        return item

    async def delete(self, id: UUID) -> bool:
        """Whether there was one."""
        async with self._database.write() as connection:
            cursor = await connection.execute("DELETE FROM items WHERE id = %s RETURNING version", (id,))
            row = await cursor.fetchone()
        if row is None:
            return False
        await self._cache.put(_key(id), GONE, int(row["version"]) + 1)
        return True

    async def page(self, limit: int, cursor: str | None) -> Page:
        """Items in the order in which they were made. cursor: of the page before. Raises ValueError for one
        that no page gave."""
        after = _after(cursor) if cursor else (datetime.min, UUID(int=0))
        async with self._database.read() as connection:
            rows = await (
                await connection.execute(
                    "SELECT * FROM items WHERE (created_at, id) > (%s, %s) ORDER BY created_at, id LIMIT %s",
                    (*after, limit + 1),
                )
            ).fetchall()
        items = [Item.model_validate(row) for row in rows[:limit]]
        return Page(items=items, next=_cursor(items[-1]) if len(rows) > limit else None)

    async def _keep(self, item: Item) -> None:
        await self._cache.put(_key(item.id), item.model_dump_json(), item.version)


def _key(id: UUID) -> str:
    return f"item:{id}"


def _cursor(item: Item) -> str:
    return base64.urlsafe_b64encode(f"{item.created_at.isoformat()} {item.id}".encode()).decode()


def _after(cursor: str) -> tuple[datetime, UUID]:
    moment, _, id = base64.b64decode(cursor, altchars=b"-_", validate=True).decode().partition(" ")
    return datetime.fromisoformat(moment), UUID(id)

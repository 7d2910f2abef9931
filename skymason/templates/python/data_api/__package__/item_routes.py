"""Items over HTTP. What a caller changes it has seen: `If-Match` carries the version that it saw."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query, Response

from .item_store import ItemStore, StaleError
from .items import Item, ItemContent, Page
from .problems import Problem

_ABSENT = "There is no such item."


def item_routes(store: ItemStore) -> APIRouter:
    routes = APIRouter(prefix="/v1/items", tags=["items"])

    @routes.post("", status_code=HTTPStatus.CREATED)
    async def create_item(content: ItemContent, response: Response) -> Item:
        item = await store.create(content)
        response.headers["Location"] = f"/v1/items/{item.id}"
        return _tagged(item, response)

    @routes.get("")
    async def list_items(
        limit: Annotated[int, Query(ge=1, le=200)] = 50, cursor: Annotated[str | None, Query()] = None
    ) -> Page:
        try:
            return await store.page(limit, cursor)
        except ValueError as error:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "`cursor` is none that a page gave.") from error

    @routes.get("/{id}")
    async def get_item(id: UUID, response: Response) -> Item:
        return _tagged(_there(await store.get(id)), response)

    @routes.put("/{id}")
    async def replace_item(
        id: UUID,
        content: ItemContent,
        response: Response,
        if_match: Annotated[str | None, Header()] = None,
    ) -> Item:
        try:
            item = await store.replace(id, content, _version(if_match))
        except StaleError as error:
            detail = "Somebody else has changed the item: get it again."
            raise Problem(HTTPStatus.PRECONDITION_FAILED, detail) from error
        return _tagged(_there(item), response)

    @routes.delete("/{id}", status_code=HTTPStatus.NO_CONTENT)
    async def delete_item(id: UUID) -> None:
        if not await store.delete(id):
            raise Problem(HTTPStatus.NOT_FOUND, _ABSENT)

    return routes


def _there(item: Item | None) -> Item:
    if item is None:
        raise Problem(HTTPStatus.NOT_FOUND, _ABSENT)
    return item


def _tagged(item: Item, response: Response) -> Item:
    response.headers["ETag"] = f'"{item.version}"'
    return item


def _version(if_match: str | None) -> int:
    if if_match is None:
        detail = "Say in If-Match which version of the item you saw: its ETag."
        raise Problem(HTTPStatus.PRECONDITION_REQUIRED, detail)
    text = if_match.removeprefix("W/").strip('"')
    if not text.isdecimal():
        raise Problem(HTTPStatus.PRECONDITION_FAILED, "If-Match is not the ETag of an item.")
    return int(text)

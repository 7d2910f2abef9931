"""Providers' functions: answered from what the cloud holds, else with what a real one might say."""

from __future__ import annotations

import importlib
import re
from functools import cache

from skymason.diagnostics import nearest
from skymason.offline import sdk, values
from skymason.offline.data_sources import FUNCTIONS, Answer, Arguments
from skymason.offline.hints import object_of
from skymason.offline.shapes import Object
from skymason.offline.view import CloudView, StoredResource
from skymason.offline.words import Place

# Arguments that say how to look, and not what for.
_HOW = frozenset(
    {"region", "filters", "mostRecent", "owners", "includePublic", "withDecryption", "privateZone"}
)


class NoAnswer(Exception):  # noqa: N818  the cloud's answer, not an error of ours
    """The function is not known, or there is no such object."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def call(token: str, args: Arguments, view: CloudView, place: Place) -> Answer:
    """The answer of a function, complete and of the types that the SDK promises."""
    package = sdk.package_of(token)
    if package not in sdk.PACKAGES:
        raise NoAnswer(
            "UnknownPackage", f"{token}: the offline cloud answers for {', '.join(sorted(sdk.PACKAGES))}"
        )
    shape = result_of(token)
    special = FUNCTIONS.get(_short(token))
    if special is None and shape is None:
        near = nearest(token, [name for name in FUNCTIONS if name.startswith(f"{package}:")])
        hint = f"; did you mean {near}?" if near else ""
        raise NoAnswer(
            "UnknownFunction", f"{token} is not a function of {package} {sdk.version_of(package)}{hint}"
        )
    answer = special(args, view, place) if special is not None else _find(token, args, view)
    answer = {**{key: value for key, value in args.items() if value is not None}, **answer}
    if shape is None:
        return answer
    seed = "\0".join([token, repr(sorted(args.items(), key=lambda item: item[0]))])
    known = {key: value for key, value in answer.items() if key in shape.properties}
    return values.complete(shape, _common(shape, known, place), "", seed)


def _short(token: str) -> str:
    """`aws:ec2/getVpc:getVpc` → `aws:ec2:getVpc`; others have one form only."""
    package, _, rest = token.partition(":")
    module, _, name = rest.rpartition(":")
    return f"{package}:{module.partition('/')[0]}:{name}"


@cache
def result_of(token: str) -> Object | None:
    """The shape of a function's result, from the class that the SDK returns."""
    package, _, rest = token.partition(":")
    module, _, name = rest.rpartition(":")
    root = sdk.PACKAGES[package]
    place = module.partition("/")[0].replace("-", "_")
    for path in (root if place in ("", "index") else f"{root}.{place}", f"{root}.{place}.{_snake(name)}"):
        try:
            found = importlib.import_module(path)
        except ModuleNotFoundError:
            continue
        result = getattr(found, f"{name[:1].upper()}{name[1:]}Result", None)
        if isinstance(result, type):
            return object_of(result)
    return None


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _common(shape: Object, answer: Answer, place: Place) -> Answer:
    """Properties that mean the same in every function."""
    for key, value in {"region": place.region, "accountId": place.account, "ownerId": place.account}.items():
        if key in shape.properties and answer.get(key) is None:
            answer[key] = value
    return answer


def _find(token: str, args: Arguments, view: CloudView) -> Answer:
    """The resource that a `getX` function asks for, by whatever it was asked by."""
    kind = re.sub(r"/get([A-Z])(\w*):get(\w+)$", lambda m: f"/{m[1].lower()}{m[2]}:{m[3]}", token)
    kind = re.sub(r":get([A-Z]\w*)$", r":\1", kind)
    wanted = {key: value for key, value in args.items() if key not in _HOW and value not in (None, [], {})}
    found = [item for item in view.of_type(kind) if _matches(item, wanted)]
    if found:
        return {**found[-1].outputs, "id": found[-1].id}
    made = any(view.made(kind, value) for value in wanted.values() if isinstance(value, str))
    if made or view.strict:
        raise NoAnswer(
            "ResourceNotFound", f"{token} found nothing for {', '.join(sorted(wanted)) or 'no arguments'}"
        )
    # Something that exists outside of this cloud, known by what it is asked by.
    return {"id": wanted["id"]} if "id" in wanted else {}


def _matches(item: StoredResource, wanted: Arguments) -> bool:
    return all(
        value in (item.id, item.outputs.get("arn")) or item.outputs.get(key, item.inputs.get(key)) == value
        or (key in ("name", "clusterName") and value == item.outputs.get("bucket", item.outputs.get("name")))
        for key, value in wanted.items()
    )  # fmt: skip

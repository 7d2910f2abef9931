"""Every kind of service that can be generated, in memory and on disk, made once for all tests of a process."""

import os
import shutil
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path
from tempfile import mkdtemp

from skymason.generate.render import Files, generate
from skymason.generate.request import LANGUAGES, ServiceRequest, Use
from skymason.generate.surroundings import Surroundings, surroundings

ROOT = Path(__file__).parents[2]
NAMES = {
    "web_api": "price-list",
    "background_worker": "order-intake",
    "data_api": "customer-records",
    "event_processor": "parcel-events",
}
"""Pattern → name of a service that the shipped project has not."""
CLOUDS = ("aws", "azure")
USES = (Use("wallet", "invoke"), Use("product-images", "read"))
"""What one service of each pattern uses, too: another service, and a resource of the shipped stacks."""


def requests() -> Iterator[ServiceRequest]:
    """All patterns, clouds and languages, and each pattern once with something that it uses, elsewhere."""
    for (pattern, name), cloud, language in product(NAMES.items(), CLOUDS, LANGUAGES):
        yield ServiceRequest(name, pattern, cloud, language, owner="team-new")
    for (pattern, name), language in product(NAMES.items(), LANGUAGES):
        folder = f"teams/new/{name}"
        yield ServiceRequest(name, pattern, "aws", language, "team-new", "critical", USES, folder)


def title(request: ServiceRequest) -> str:
    """What a test of it is called."""
    parts = (request.pattern, request.cloud, request.language, *(["used"] if request.uses else []))
    return "-".join(parts)


@cache
def files_of(request: ServiceRequest) -> Files:
    """Its files, by path from the project's root."""
    return generate(request, _around()).files


@cache
def _around() -> Surroundings:
    return surroundings(ROOT)


@cache
def on_disk(request: ServiceRequest) -> Path:
    """A project with nothing in it but the service, and the documents and specs of the shipped one."""
    root = Path(mkdtemp(prefix="generated-", dir=_scratch()))
    for folder in ("docs", "services"):
        shutil.copytree(ROOT / folder, root / folder)
    for path, file in files_of(request).items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(file.text, encoding="utf-8")
        if file.executable:
            target.chmod(0o755)
    return root


@cache
def _scratch() -> Path:
    import atexit

    folder = Path(mkdtemp(prefix=f"skymason-tests-{os.getpid()}-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder

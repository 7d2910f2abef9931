"""What `--language typescript` writes: it is well formed, typed, and passes its own tests on real servers."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from skymason.generate.render import render
from skymason.generate.request import ServiceRequest, Use

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("npm") is None, reason="needs Node.js with npm on the PATH"),
]

ROOT = Path(__file__).parents[2]
KEPT = ROOT / ".skymason"
MOTO = "moto[server]==5.2.1"
USES = (Use("wallet", "invoke"), Use("product-images", "read"))
REQUESTS = {
    f"{request.pattern}-{request.cloud}": request
    for request in (
        ServiceRequest("price-quotes", "web_api", "aws", "typescript", "team-shop", uses=USES),
        ServiceRequest("parcel-labels", "background_worker", "aws", "typescript", "team-shop", uses=USES),
        ServiceRequest("stock-items", "data_api", "aws", "typescript", "team-shop"),
        ServiceRequest("meter-events", "event_processor", "aws", "typescript", "team-shop", uses=USES),
        ServiceRequest("parcel-labels", "background_worker", "azure", "typescript", "team-shop"),
        ServiceRequest("stock-items", "data_api", "azure", "typescript", "team-shop"),
        ServiceRequest("meter-events", "event_processor", "azure", "typescript", "team-shop"),
    )
}
"""Pattern and cloud → one service; most have a client of another service and a setting of a bucket."""
TOOLS = ("lint", "test")
"""Scripts of package.json. `test` checks the types of everything, for it compiles it, and runs all tests."""
UNIT_TESTS = ("data_api-azure",)
"""Services of whose tests only those without servers run here: the others are those of the other cloud."""
NEEDED = {
    "background_worker-aws": ("moto_server",),
    "data_api-aws": ("initdb", "redis-server"),
    "event_processor-aws": ("moto_server",),
}
"""Service → servers that its integration tests start; those of the others there are none."""
AT_ONCE = 1
"""Services whose tests run side by side: they share caches, and their tests have clocks."""


@pytest.fixture(scope="module")
def programs() -> str:
    """A PATH with the servers that are not of this machine."""
    digest = hashlib.sha256(f"{MOTO} {sys.version}".encode()).hexdigest()[:16]
    made = KEPT / f"moto-{digest}"
    if not made.exists():
        # Its scripts name the place where they were made: it is made in its place, and a half one removed.
        try:
            subprocess.run([sys.executable, "-m", "venv", made], check=True)
            pip = [made / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            subprocess.run([*pip, MOTO], check=True)
        except BaseException:
            shutil.rmtree(made, ignore_errors=True)
            raise
    postgres = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return os.pathsep.join([*map(str, postgres[-1:]), os.environ["PATH"], str(made / "bin")])


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Name → folder of each service, written as the command writes it, with its packages."""
    made = {}
    for name, request in REQUESTS.items():
        project = tmp_path_factory.mktemp("project")
        for path, file in render(request, ROOT).items():
            target = project / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(file.text, encoding="utf-8")
            target.chmod(0o755 if file.executable else 0o644)
        made[name] = project / request.folder
        (made[name] / "node_modules").symlink_to(_packages(made[name]))
    return made


def _packages(folder: Path) -> Path:
    """What the lock names, installed; made anew when that changes."""
    files = [folder / "package.json", folder / "package-lock.json"]
    digest = hashlib.sha256(files[1].read_bytes()).hexdigest()[:16]
    made = KEPT / f"typescript-services-{digest}"
    if not made.exists():
        draft = made.with_suffix(f".{os.getpid()}")
        draft.mkdir(parents=True)
        for path in files:
            shutil.copy(path, draft)
        install = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]
        subprocess.run(install, cwd=draft, check=True, capture_output=True)
        shutil.rmtree(made, ignore_errors=True)
        draft.rename(made)
    return made / "node_modules"


Outcome = subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def outcomes(programs: str, folders: dict[str, Path]) -> Iterator[dict[str, Future[dict[str, Outcome]]]]:
    """Name → what each script says of the service. They start together, and are waited for one by one."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {name: pool.submit(_examine, name, folder, programs) for name, folder in folders.items()}


def _examine(name: str, folder: Path, programs: str) -> dict[str, Outcome]:
    foreign = ("AWS_", "OTEL_", "PULUMI", "PG", "npm_", "TEST_")
    settings = {key: value for key, value in os.environ.items() if not key.startswith(foreign)}
    settings |= {"PATH": programs, "NODE_NO_WARNINGS": "1"}

    def run(tool: str) -> Outcome:
        return subprocess.run(
            ["npm", "run", "--silent", f"{tool}:unit" if tool == "test" and name in UNIT_TESTS else tool],
            cwd=folder,
            env=settings,
            capture_output=True,
            text=True,
        )

    found = {tool: run(tool) for tool in TOOLS}
    if found["test"].returncode:
        # They have real servers and clocks, and a machine that runs everything at once may starve them.
        found["test"] = run("test")
    return found


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("name", REQUESTS)
def test_service(
    outcomes: dict[str, Future[dict[str, Outcome]]], programs: str, name: str, tool: str
) -> None:
    outcome = outcomes[name].result()[tool]

    assert outcome.returncode == 0, outcome.stdout[-6000:] + outcome.stderr[-2000:]
    if tool == "test":
        missing = [
            program for program in NEEDED.get(name, ()) if shutil.which(program, path=programs) is None
        ]
        if missing:
            pytest.skip(f"its integration tests need {', '.join(missing)} on the PATH; the others pass")
        assert "# skipped 0" in outcome.stdout


def test_a_lock_names_no_machine() -> None:
    locks = sorted((ROOT / "skymason/templates/typescript").glob("*/package-lock.json.jinja"))

    assert {path.parent.name for path in locks} >= {"web_api", *NEEDED}
    for path in locks:
        text = path.read_text(encoding="utf-8")
        assert text.count('"[[ name ]]"') == 2
        assert '"resolved"' not in text

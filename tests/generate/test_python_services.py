"""What `--language python` writes: it is well formed, typed, and passes its own tests on real servers."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from skymason.generate.render import TEMPLATES, render
from skymason.generate.request import ServiceRequest, Use

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
USES = (Use("wallet", "invoke"), Use("product-images", "read"))
REQUESTS = {
    request.name: request
    for request in (
        ServiceRequest("price-quotes", "web_api", "aws", owner="team-shop", uses=USES),
        ServiceRequest("parcel-labels", "background_worker", "aws", owner="team-shop", uses=USES),
        ServiceRequest("stock-items", "data_api", "aws", owner="team-shop", uses=USES),
        ServiceRequest("door-events", "event_processor", "aws", owner="team-buildings", uses=USES),
        ServiceRequest("tax-quotes", "web_api", "azure", owner="team-shop"),
        ServiceRequest("return-labels", "background_worker", "azure", owner="team-shop"),
        ServiceRequest("spare-parts", "data_api", "azure", owner="team-shop"),
        ServiceRequest("lift-events", "event_processor", "azure", owner="team-buildings"),
    )
}
"""One service of each pattern and cloud; those with `uses` have a client of another service."""
TOOLS = {
    "style": ["ruff", "check", "--no-cache", "."],
    "format": ["ruff", "format", "--no-cache", "--check", "--diff", "."],
    "types": ["mypy"],
    "tests": ["pytest", "-p", "no:cacheprovider", "-rs"],
}
FOLDERS = {"aws": "tests", "azure": "tests/unit"}
"""Cloud → tests that are run. Integration tests are the same on both, or are those of AWS alone."""
NOT_OURS = ("AWS_", "AZURE_", "COV", "OTEL_", "PULUMI", "PYTEST_")
"""What settings of this process begin with that are none of a service's."""
AT_ONCE = 1
"""Services whose tests run side by side: they share caches, and their tests have clocks."""


@pytest.fixture(scope="module")
def environment() -> Path:
    """A virtual environment with what all the services need; made anew when that changes."""
    wanted = sorted(
        path
        for request in REQUESTS.values()
        for path in (TEMPLATES / f"python/{request.pattern}-{request.cloud}").glob("requirements-dev.txt")
    )
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in wanted)).hexdigest()[:16]
    made = ROOT / f".skymason/python-services-{digest}"
    if not made.exists():
        draft = made.with_suffix(f".{os.getpid()}")
        subprocess.run([sys.executable, "-m", "venv", draft], check=True)
        listed = [argument for path in wanted for argument in ("-r", str(path))]
        pip = [draft / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *listed], check=True)
        shutil.rmtree(made, ignore_errors=True)
        # Scripts name the place where they were made; modules are called by the interpreter.
        draft.rename(made)
    return made


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Name → folder of each service, written as the command writes it."""
    project = tmp_path_factory.mktemp("project")
    for request in REQUESTS.values():
        for path, file in render(request, ROOT).items():
            target = project / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(file.text, encoding="utf-8")
            target.chmod(0o755 if file.executable else 0o644)
    return {name: project / request.folder for name, request in REQUESTS.items()}


Outcome = subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def outcomes(environment: Path, folders: dict[str, Path]) -> Iterator[dict[str, Future[dict[str, Outcome]]]]:
    """Name → what each tool says of the service. They start together, and are waited for one by one."""
    pool = ThreadPoolExecutor(AT_ONCE)
    yield {
        name: pool.submit(_examine, environment, folder, REQUESTS[name].cloud)
        for name, folder in folders.items()
    }
    # Those that nobody asked for need not be waited for.
    pool.shutdown(cancel_futures=True)


def _examine(environment: Path, folder: Path, cloud: str) -> dict[str, Outcome]:
    settings = {key: value for key, value in os.environ.items() if not key.startswith(NOT_OURS)}
    settings |= {"MYPY_CACHE_DIR": str(environment / "mypy"), "PYTHONDONTWRITEBYTECODE": "1"}
    python = environment / "bin/python"

    def run(tool: str) -> Outcome:
        return subprocess.run(
            [python, "-m", *TOOLS[tool], *([FOLDERS[cloud]] if tool == "tests" else [])],
            cwd=folder,
            env=settings,
            capture_output=True,
            text=True,
        )

    found = {tool: run(tool) for tool in TOOLS}
    if found["tests"].returncode:
        # They have real servers and clocks, and a machine that runs everything at once may starve them.
        found["tests"] = run("tests")
    return found


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("name", REQUESTS)
def test_service(outcomes: dict[str, Future[dict[str, Outcome]]], name: str, tool: str) -> None:
    outcome = outcomes[name].result()[tool]

    assert outcome.returncode == 0, outcome.stdout[-4000:] + outcome.stderr[-2000:]
    skipped = [line for line in outcome.stdout.splitlines() if line.startswith("SKIPPED")]
    if tool == "tests" and skipped:
        pytest.skip(f"some of its tests: {'; '.join(skipped)}")


@pytest.mark.parametrize("name", ["ab", "customer-relations-of-all-regions"])
@pytest.mark.parametrize("cloud", ["aws", "azure"])
@pytest.mark.parametrize("pattern", sorted({request.pattern for request in REQUESTS.values()}))
def test_style_does_not_hang_on_names(
    environment: Path, tmp_path: Path, pattern: str, cloud: str, name: str
) -> None:
    """Names stand in lines of code, which a formatter would break where they get long."""
    uses = (*USES, Use("telemetry", "send")) if cloud == "aws" else ()
    request = ServiceRequest(name, pattern, cloud, owner="team-shop", uses=uses)
    for path, file in render(request, ROOT).items():
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(file.text, encoding="utf-8")

    for tool in ("style", "format"):
        command = [environment / "bin/python", "-m", *TOOLS[tool]]
        outcome = subprocess.run(command, cwd=tmp_path / request.folder, capture_output=True, text=True)
        assert outcome.returncode == 0, outcome.stdout

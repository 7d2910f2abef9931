"""What is installed elsewhere has every template, and renders the same."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from skymason.generate.render import LEFTOVERS, TEMPLATES, render
from skymason.generate.request import ServiceRequest

ROOT = Path(__file__).parents[2]
SCRIPT = """
import sys
from pathlib import Path
from skymason.generate.render import TEMPLATES, render
from skymason.generate.request import ServiceRequest
assert TEMPLATES.is_relative_to(sys.argv[1]), TEMPLATES
request = ServiceRequest("order-intake", "event_processor", "aws", "typescript", owner="team-shop")
for path, file in render(request, Path(sys.argv[2])).items():
    print(path, len(file.text), file.executable)
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a wheel is built from, apart from the project, where a build would leave its files."""
    folder = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "requirements.txt", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    ignore = shutil.ignore_patterns("__pycache__", "node_modules")
    for name in ("skymason", "components"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignore)
    return folder


@pytest.fixture(scope="module")
def unpacked(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    words = ["--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(folder), str(source)]
    subprocess.run([sys.executable, "-m", "pip", "wheel", "--quiet", *words], check=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    wheel.unlink()
    return folder


@pytest.mark.slow
def test_a_wheel_has_every_template_dot_files_too(source: Path, unpacked: Path) -> None:
    def below(folder: Path) -> set[str]:
        templates = folder / TEMPLATES.relative_to(ROOT)
        files = (path.relative_to(templates) for path in templates.rglob("*") if path.is_file())
        return {path.as_posix() for path in files if LEFTOVERS.isdisjoint(path.parts)}

    assert below(unpacked) == below(source)
    assert "repository/.github/workflows/__name__.yml.jinja" in below(unpacked)
    assert any(Path(path).name.startswith(".") for path in below(unpacked))
    assert (unpacked / "skymason/generate/limits.yaml").is_file()
    assert (unpacked / "skymason/generate/reserved.yaml").is_file()


@pytest.mark.slow
def test_what_is_installed_renders_the_same(unpacked: Path, shared_project: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(unpacked), str(shared_project)],
        env={**os.environ, "PYTHONPATH": str(unpacked), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=unpacked,
        capture_output=True,
        text=True,
        check=True,
    )
    request = ServiceRequest("order-intake", "event_processor", "aws", "typescript", owner="team-shop")
    here = render(request, shared_project)
    assert said.stdout.splitlines() == [
        f"{path} {len(file.text)} {file.executable}" for path, file in here.items()
    ]

"""Programs and packages."""

from pathlib import Path

import pytest
from case_of import FOUND, NO_CLI, case, said, statuses

from skymason.doctor import tools
from skymason.engine_cli import EngineCli

PROGRAMS = {
    "git": "git version 2.39.5",
    "node": "v20.20.2",
    "npm": "11.1.0",
    "docker": "Docker version 28.2.2, build e6534b4",
    "helm": "v3.16.1+g5a5449d",
}


def test_python_that_is_too_old(tmp_path: Path) -> None:
    found = tools.python(case(tmp_path, python=(3, 10, 4)))
    assert said(found) == [
        ("fail", "Python 3.10.4, and 3.11 or newer is needed", "make up PYTHON=python3.11")
    ]


def test_python_of_the_project_and_another_one(tmp_path: Path) -> None:
    (tmp_path / ".venv/bin").mkdir(parents=True)
    own = str(tmp_path / ".venv/bin/python")
    assert said(tools.python(case(tmp_path, tmp_path, python=(3, 12, 1), executable=own))) == [
        ("ok", f"3.12.1 at {own}", "")
    ]
    assert said(tools.python(case(tmp_path, tmp_path, python=(3, 12, 1), executable="/usr/bin/python3"))) == [
        ("ok", "3.12.1 at /usr/bin/python3", ""),
        (
            "warn",
            "the project has a .venv, and this is not its Python: /usr/bin/python3",
            "run .venv/bin/sm, or: source .venv/bin/activate",
        ),
    ]


def test_packages(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text(
        "# pinned\n-r more.txt\nrich==15.0.0\npydantic == 2.1 # why\ntyper==0.29.2\n"
    )
    fix = "/bin/python -m pip install -r requirements.txt"
    assert said(
        tools.packages(
            case(tmp_path, tmp_path, executable="/bin/python", packages={"rich": "15.0.0", "pydantic": "2.2"})
        )
    ) == [
        ("warn", "pydantic 2.2 is installed; requirements.txt pins 2.1", fix),
        ("fail", "typer is not installed; requirements.txt pins 0.29.2", fix),
    ]
    right = {"rich": "15.0.0", "pydantic": "2.1", "typer": "0.29.2"}
    assert said(tools.packages(case(tmp_path, tmp_path, packages=right))) == [
        ("ok", "all 3 are as requirements.txt pins them", "")
    ]


def test_nothing_to_compare_packages_with(tmp_path: Path) -> None:
    for root in (None, tmp_path):
        assert said(tools.packages(case(tmp_path, root))) == [
            ("ok", "no requirements.txt here to compare with", "")
        ]


@pytest.mark.parametrize(
    ("engine", "sdk", "status", "words"),
    [
        (FOUND, "3.272.0", "ok", "Pulumi CLI 3.260.0 on the PATH, SDK 3.272.0"),
        (FOUND, "4.0.0", "fail", "another major version"),
        (
            EngineCli(True, "Pulumi CLI 3.9.1 on the PATH", None, "3.9.1"),
            "3.272.0",
            "warn",
            "older than 3.260.0",
        ),
        (FOUND, "", "ok", "SDK "),
        (NO_CLI, "3.272.0", "warn", "the offline cloud works without, by evaluation in process"),
    ],
)
def test_the_cli(tmp_path: Path, engine: EngineCli, sdk: str, status: str, words: str) -> None:
    packages = {"pulumi": sdk} if sdk else {}
    ((found, text, _),) = said(tools.pulumi(case(tmp_path, engine=engine, packages=packages)))
    assert found == status
    assert words in text


def test_the_language_host(tmp_path: Path) -> None:
    host = "pulumi-language-python"
    assert said(tools.language_host(case(tmp_path))) == [("ok", "comes with the CLI", "")]
    assert said(tools.language_host(case(tmp_path, engine=FOUND, programs={host: ""}))) == [
        ("ok", f"/usr/bin/{host}", "")
    ]
    assert said(tools.language_host(case(tmp_path, engine=FOUND))) == [
        (
            "fail",
            f"{host} is not on the PATH",
            "install the CLI again, with everything that is in its archive",
        )
    ]
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / host).touch()
    own = EngineCli(True, "in .skymason/pulumi", tmp_path, "3.260.0")
    assert said(tools.language_host(case(tmp_path, engine=own))) == [("ok", str(tmp_path / "bin" / host), "")]


def test_other_programs(tmp_path: Path) -> None:
    assert [text for _, text, _ in said(tools.optional(case(tmp_path, programs=PROGRAMS)))] == [
        "git 2.39.5",
        "node 20.20.2",
        "npm 11.1.0",
        "docker 28.2.2",
        "helm 3.16.1",
    ]


def test_programs_that_are_missing_old_or_broken(tmp_path: Path) -> None:
    programs = {"git": None, "node": "v18.1.0", "npm": "", "docker": "Docker version 28.2.2"}
    assert said(tools.optional(case(tmp_path, programs=programs))) == [
        (
            "warn",
            "git is there and does not run; needed for `sm plan --against main`",
            "https://git-scm.com/downloads",
        ),
        (
            "warn",
            "node 18.1.0 is old; 20 or newer is needed for services in TypeScript",
            "https://nodejs.org, 20 or newer",
        ),
        ("ok", "npm", ""),
        ("ok", "docker 28.2.2", ""),
        (
            "warn",
            "helm is not on the PATH; needed for installing services' charts",
            "https://helm.sh/docs/intro/install/",
        ),
    ]
    assert statuses(tools.optional(case(tmp_path))) == ["warn"] * 5

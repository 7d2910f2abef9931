"""`sm create-microservice` as it is used: what it says, writes, asks, and refuses to touch."""

import io
import os
import pty
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from skymason.cli import asking
from skymason.patterns import clouds
from skymason.patterns.clouds import Detection

Run = Callable[..., tuple[int, str, str]]
ROOT = Path(__file__).parents[2]
ORDER = ("create-microservice", "order-intake", "--pattern", "background_worker")


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shipped project's own files, as the working directory."""
    root = tmp_path / "shop"
    root.mkdir()
    for path in (*ROOT.glob("Pulumi*.yaml"), ROOT / "infrastructure-patterns.yaml"):
        shutil.copy(path, root)
    shutil.copytree(ROOT / "services", root / "services")
    monkeypatch.chdir(root)
    return root


def files(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


def made_by(before: dict[str, bytes], root: Path) -> list[str]:
    after = files(root)
    assert {path: after[path] for path in before} == before
    return sorted(set(after) - set(before))


def test_it_says_what_it_made_why_and_what_comes_next(sm: Run, shop: Path) -> None:
    before = files(shop)
    code, out, err = sm(*ORDER, "--uses", "wallet:invoke", "--uses", "product-images:read")
    made = made_by(before, shop)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[:4] == [
        "order-intake: background_worker on aws, in python, tier standard, owned by platform-team",
        "  cloud aws: the cloud of Pulumi.dev.yaml, Pulumi.prod.yaml, Pulumi.staging.yaml",
        "  owner platform-team: that of Pulumi.prod.yaml",
        "+ new   = there already   ~ there, and different",
    ]
    assert lines[-6].startswith(f"wrote {len(made)} files, ")
    assert lines[-5:] == [
        "",
        "Next:",
        "  make -C apps/order-intake test",
        "  sm validate --all-stacks",
        "  sm plan --stack dev",
    ]
    assert out.count("── + ") == len(made)
    assert {"services/order-intake.yaml", ".github/workflows/order-intake.yml"} <= set(made)
    spec = (shop / "services/order-intake.yaml").read_text()
    assert spec.endswith(
        "uses:\n  - {service: wallet, access: invoke}\n  - {resource: product-images, access: read}\n"
    )


def test_what_it_made_is_valid(sm: Run, shop: Path) -> None:
    sm(*ORDER)
    code, out, err = sm("validate", "--all-stacks")
    assert (code, err) == (0, "3 stacks: nothing wrong with 10 services, 1 warning\n")
    assert out.startswith("warning SM2129 services/order-intake.yaml:16 image.digest\n")


def test_again_it_changes_nothing(sm: Run, shop: Path) -> None:
    sm(*ORDER)
    before = files(shop)
    code, out, err = sm(*ORDER)
    assert (code, err, made_by(before, shop)) == (0, "", [])
    assert out.splitlines()[-1].startswith("nothing changes: ")


def test_with_other_words_it_shows_the_difference_and_writes_nothing(sm: Run, shop: Path) -> None:
    sm(*ORDER)
    before = files(shop)
    code, out, err = sm(*ORDER, "--owner", "team-shop")
    assert (code, made_by(before, shop)) == (1, [])
    assert (
        "diff --git a/services/order-intake.yaml b/services/order-intake.yaml\n"
        "--- a/services/order-intake.yaml\n"
        "+++ b/services/order-intake.yaml\n"
    ) in out
    assert "\n-  owner: platform-team\n+  owner: team-shop\n" in out
    assert err.startswith("error SM5045 ")
    assert "services/order-intake.yaml" in out
    assert err.endswith(
        "fix: bring in by hand what the difference shows, or make another service, such as 'order-intake-worker'\n"
    )


def test_a_spec_that_somebody_wrote_is_not_touched(sm: Run, shop: Path) -> None:
    before = files(shop)
    code, out, err = sm("create-microservice", "wallet", "--pattern", "web_api")
    assert (code, made_by(before, shop)) == (1, [])
    assert out.startswith("diff --git a/services/wallet.yaml b/services/wallet.yaml\n")
    assert err == (
        "error SM5045 services/wallet.yaml\n"
        "  services/wallet.yaml is there already, and differs; nothing was written\n"
        "  fix: bring in by hand what the difference shows, or make another service, such as 'wallet-api'\n"
    )


def test_a_spec_of_another_pattern_is_not_touched_whatever_else_would_be_wrong(sm: Run, shop: Path) -> None:
    code, out, err = sm("create-microservice", "wallet", "--pattern", "background_worker")
    assert (code, err.splitlines()[0]) == (1, "error SM5045 services/wallet.yaml")
    assert "\n-pattern: web_api\n" in out


def test_files_that_were_removed_come_back(sm: Run, shop: Path) -> None:
    sm(*ORDER)
    before = files(shop)
    (shop / "apps/order-intake/Makefile").unlink()
    shutil.rmtree(shop / "apps/order-intake/chart")
    code, out, _ = sm(*ORDER)
    assert (code, files(shop)) == (0, before)
    assert "── + Makefile" in out
    assert "── = Dockerfile" in out


def test_a_dry_run_shows_everything_and_writes_nothing(sm: Run, shop: Path) -> None:
    before = files(shop)
    code, out, err = sm(*ORDER, "--dry-run")
    assert (code, err, made_by(before, shop)) == (0, "", [])
    assert out.splitlines()[-1].startswith("dry run: ")
    (shop.parent / "dry.patch").write_text(out)
    subprocess.run(["git", "init", "-q"], cwd=shop, check=True)
    subprocess.run(["git", "apply", "../dry.patch"], cwd=shop, check=True)
    shutil.rmtree(shop / ".git")
    applied = files(shop)
    code, out, _ = sm(*ORDER)
    assert (code, files(shop)) == (0, applied)
    assert "nothing changes" in out


def test_a_dry_run_of_a_difference_fails_as_the_run_would(sm: Run, shop: Path) -> None:
    sm(*ORDER)
    before = files(shop)
    dry = sm(*ORDER, "--tier", "critical", "--dry-run")
    assert dry == sm(*ORDER, "--tier", "critical")
    assert (dry[0], made_by(before, shop)) == (1, [])


def test_a_folder_of_its_own(sm: Run, shop: Path) -> None:
    assert sm(*ORDER, "--directory", "src/orders")[0] == 0
    assert (shop / "src/orders/Dockerfile").is_file()
    assert not (shop / "apps").exists()
    assert sm(*ORDER, "--directory", str(shop / "src/orders/"))[0] == 0


def test_a_project_inside_of_a_repository_is_told_where_workflows_belong(sm: Run, shop: Path) -> None:
    (shop.parent / ".git").mkdir()
    line = f"move the workflow to {shop.parent.resolve()}/.github/workflows: GitHub reads no other folder\n"
    assert line in sm(*ORDER)[1]
    (shop / ".git").mkdir()
    assert line not in sm("create-microservice", "other", "--pattern", "web_api")[1]


def test_a_pattern_of_the_projects_own_has_no_templates(sm: Run, shop: Path) -> None:
    with (shop / "infrastructure-patterns.yaml").open("a") as file:
        file.write(
            "\n  cron_job:\n    description: d\n    when_to_use: w\n    when_not_to_use: n\n    creates: {}\n"
            "    capabilities: []\n"
        )
    code, _, err = sm("create-microservice", "basket", "--pattern", "cron_job")
    assert (code, err) == (
        2,
        "error SM5002 sm create-microservice --pattern\n  there is no pattern 'cron_job' to generate\n"
        "  fix: allowed: web_api, background_worker, data_api, event_processor\n",
    )


def test_the_first_service_of_a_project(sm: Run, shop: Path) -> None:
    shutil.rmtree(shop / "services")
    assert sm("create-microservice", "order-intake", "--pattern", "event_processor")[0] == 0
    assert sorted(path.name for path in (shop / "services").rglob("*")) == [
        "order-intake.yaml",
        "order_intake.v1.json",
        "schemas",
    ]
    assert sm("validate", "--all-stacks")[0] == 0


def test_from_a_folder_below_the_project(sm: Run, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shop / "services")
    assert sm(*ORDER)[0] == 0
    assert (shop / "apps/order-intake").is_dir()


@pytest.mark.parametrize("pattern", ["web_api", "background_worker", "data_api", "event_processor"])
@pytest.mark.parametrize("language", ["python", "typescript"])
def test_for_azure_it_says_that_no_stack_can_deploy_it_yet(
    sm: Run, shop: Path, pattern: str, language: str
) -> None:
    words = (
        "create-microservice",
        "order-intake",
        "--pattern",
        pattern,
        "--cloud",
        "azure",
        "--language",
        language,
    )
    code, out, err = sm(*words)
    assert (code, err) == (0, "")
    assert out.splitlines()[-7:] == [
        "",
        f"No stack can deploy it yet: there is no component for {pattern} on azure. Its spec is checked against "
        "the pattern's data, and the application runs.",
        "",
        "Next:",
        "  make -C apps/order-intake test",
        "  make -C apps/order-intake run",
        "  sm validate --all-stacks",
    ]
    assert "\ncloud: azure\n" in (shop / "services/order-intake.yaml").read_text()
    assert sm("validate", "--all-stacks")[0] == 0


def test_resources_of_the_other_cloud_cannot_be_used(sm: Run, shop: Path) -> None:
    before = files(shop)
    code, _, err = sm(*ORDER, "--cloud", "azure", "--uses", "product-images:read")
    assert (code, made_by(before, shop)) == (1, [])
    assert err == (
        "error SM2608 sm create-microservice --uses product-images:read\n"
        "  'product-images' (s3_bucket) is not on azure\n"
        "  fix: use a resource of the service's own cloud\n"
    )


def without_stacks(shop: Path) -> None:
    for path in shop.glob("Pulumi.*.yaml"):
        path.unlink()


def test_the_cloud_follows_from_credentials_where_no_stack_has_one(
    sm: Run, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_stacks(shop)
    monkeypatch.setattr(clouds, "detect_here", lambda: Detection("aws", {"aws": ("AWS_PROFILE",)}))
    code, out, _ = sm(*ORDER, "--owner", "team-shop")
    assert code == 0
    assert out.splitlines()[1] == (
        "  cloud aws: aws is chosen, since there are credentials of it alone: AWS_PROFILE"
    )
    assert "No stack can deploy it yet: none is set up for aws." in out


def test_credentials_of_two_clouds_are_both_named(
    sm: Run, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_stacks(shop)
    before = files(shop)
    both = Detection(None, {"aws": ("AWS_PROFILE",), "azure": ("ARM_CLIENT_ID",)})
    monkeypatch.setattr(clouds, "detect_here", lambda: both)
    code, _, err = sm(*ORDER, "--owner", "team-shop")
    assert (code, made_by(before, shop)) == (1, [])
    assert err == (
        "error SM2012 sm create-microservice --cloud\n"
        "  no cloud is given, and there are credentials of more than one (aws: AWS_PROFILE; azure: ARM_CLIENT_ID)\n"
        "  fix: give --cloud aws or --cloud azure\n"
    )


def test_stacks_of_two_clouds_are_both_named(sm: Run, shop: Path) -> None:
    (shop / "Pulumi.west.yaml").write_text(
        "config:\n  azure-native:location: westeurope\n  skymason:environment: west\n  skymason:owner: a\n"
        "  skymason:cost_center: b\n  skymason:cloud: azure\n"
    )
    code, _, err = sm(*ORDER)
    assert (code, err) == (
        1,
        "error SM2012 sm create-microservice --cloud\n"
        "  no cloud is given, and the stacks have more than one (aws: Pulumi.dev.yaml, Pulumi.prod.yaml, "
        "Pulumi.staging.yaml; azure: Pulumi.west.yaml)\n"
        "  fix: give --cloud aws or --cloud azure\n",
    )


def test_warnings_about_the_new_service_are_told(sm: Run, shop: Path) -> None:
    patterns = shop / "infrastructure-patterns.yaml"
    text = patterns.read_text()
    patterns.write_text(
        text.replace("logging: {retention_days: 90}", "logging: {retention_days: 90, level: debug}")
    )
    code, out, err = sm(*ORDER)
    assert code == 0
    assert "SM2143" in err
    assert "wrote " in out


def test_what_a_killed_run_left_is_taken_back_first(sm: Run, shop: Path) -> None:
    aside = shop / ".skymason/create-dead"
    (aside / "files").mkdir(parents=True)
    (shop / "apps/order-intake").mkdir(parents=True)
    (shop / "apps/order-intake/half").touch()
    inode = (shop / "apps").stat().st_ino
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    (aside / "journal.json").write_text(
        f'[{{"path": "apps", "inode": {inode}, "digests": {{"order-intake/half": "{empty}"}}}},'
        ' {"path": "services/order-intake.yaml", "inode": 1, "digests": {}}]'
    )
    code, out, err = sm(*ORDER)
    assert (code, err) == (0, "took back what an interrupted run left: apps\n")
    assert "wrote " in out
    assert not (shop / "apps/order-intake/half").exists()
    assert not aside.exists()


def test_a_full_disk_leaves_nothing(sm: Run, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = files(shop)

    def full(source: Path, target: Path) -> None:
        raise OSError(28, "No space left on device", str(source), None, str(target))

    monkeypatch.setattr(os, "link", full)
    code, out, err = sm(*ORDER)
    assert (code, out, made_by(before, shop)) == (1, "", [])
    assert err == (
        "error SM5046 services/order-intake.yaml\n"
        "  No space left on device; nothing was written\n"
        "  fix: free some space on the disk, and run it again\n"
    )
    assert not (shop / "apps").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_while_it_writes(shop: Path, number: signal.Signals) -> None:
    """The real command, stopped in the middle by a signal that it sends itself."""
    before = files(shop)
    script = (
        "import os, sys\n"
        "from skymason.cli.main import main\n"
        "import skymason.generate.write as write\n"
        "aside = write._write_aside\n"
        "def stop(files, folder):\n"
        f"    aside(files, folder); os.kill(os.getpid(), {int(number)}); import time; time.sleep(5)\n"
        "write._write_aside = stop\n"
        "sys.exit(main())\n"
    )
    said = subprocess.run([sys.executable, "-c", script, *ORDER], capture_output=True, text=True, check=False)
    assert (said.returncode, said.stdout, said.stderr) == (130, "", "interrupted: nothing was written\n")
    assert made_by(before, shop) == []
    assert not (shop / ".skymason").exists()


# On a terminal ----------------------------------------------------------------------------------------------


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """As if somebody sat there and typed these lines."""

    def type_in(text: str) -> None:
        monkeypatch.setattr(asking, "may_ask", lambda: True)
        monkeypatch.setattr(sys, "stdin", io.StringIO(text))

    return type_in


def test_it_asks_for_what_is_missing(sm: Run, shop: Path, typed: Callable[[str], None]) -> None:
    typed("event_procesor\n4\n2\nOrder Intake\nwallet\n\norder-intake\nTeam Shop\nteam-shop\nyes\n")
    code, out, err = sm("create-microservice")
    assert code == 0, err
    assert "  1  web_api            An HTTP service behind a load balancer" in err
    assert "Pattern:   did you mean 'event_processor'?\nPattern: " in err
    assert "Language [python]: " in err
    assert (
        "Name of the service:   'Order Intake' cannot be a Kubernetes namespace: small letters, digits and "
        "dashes, a letter first and no dash last: name it 'order-intake'\n"
    ) in err
    assert "Name of the service:   'wallet' is the service in services/wallet.yaml\n" in err
    assert "Name of the service:   an answer is needed\n" in err
    assert (
        "Owner [platform-team]:   'Team Shop' is not a word of letters, digits, dashes, dots and underscores, "
        "a letter first\n"
    ) in err
    assert "  lines? (yes, no) [yes]: " not in out
    assert out.startswith(
        "order-intake: event_processor on aws, in typescript, tier standard, owned by team-shop\n"
    )
    assert (shop / "apps/order-intake/package.json").is_file()


def test_a_no_at_the_end_writes_nothing(sm: Run, shop: Path, typed: Callable[[str], None]) -> None:
    before = files(shop)
    typed("python\n\nno\n")
    code, out, err = sm(*ORDER)
    assert (code, out, made_by(before, shop)) == (2, "", [])
    assert "Write " in err
    assert err.endswith("(yes, no) [yes]: nothing was done\n")


def test_input_that_ends_writes_nothing(sm: Run, shop: Path, typed: Callable[[str], None]) -> None:
    before = files(shop)
    typed("")
    assert sm("create-microservice")[::2] == (2, sm_asked(sm, typed))
    assert made_by(before, shop) == []


def sm_asked(sm: Run, typed: Callable[[str], None]) -> str:
    """What is said before the first answer, and after none came."""
    typed("")
    err = sm("create-microservice")[2]
    assert err.endswith("\nPattern: \nnothing was done\n")
    return err


def test_nothing_is_asked_where_everything_is_said(sm: Run, shop: Path, typed: Callable[[str], None]) -> None:
    typed("")
    code, _, err = sm(*ORDER, "--language", "python", "--owner", "team-shop")
    assert (code, err) == (0, "")


def test_yes_asks_nothing(sm: Run, shop: Path, typed: Callable[[str], None]) -> None:
    typed("")
    assert sm(*ORDER, "--yes")[0] == 0
    code, _, err = sm("create-microservice", "--yes")
    assert (code, err.splitlines()[1]) == (2, "  missing: NAME, --pattern")


def test_an_open_cloud_is_asked_for(
    sm: Run, shop: Path, typed: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    without_stacks(shop)
    monkeypatch.setattr(clouds, "detect_here", lambda: Detection(None))
    typed("mars\n1\npython\nteam-shop\n\n")
    code, out, err = sm(*ORDER)
    assert code == 0
    assert "Cloud:   one of: aws, azure\n" in err
    assert "Owner: " in err
    assert out.startswith("order-intake: background_worker on aws, ")


def test_a_real_terminal(shop: Path) -> None:
    """A pseudo-terminal on stdin, as somebody at a shell has it."""
    parent, child = pty.openpty()
    environ = {key: value for key, value in os.environ.items() if key != "CI"}
    with subprocess.Popen(
        [sys.executable, "-m", "skymason", *ORDER],
        stdin=child,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environ,
    ) as running:
        os.write(parent, b"python\nteam-shop\nyes\n")
        out, err = running.communicate(timeout=30)
    os.close(parent)
    os.close(child)
    assert (running.returncode, "Language [python]: " in err) == (0, True)
    assert "owned by team-shop" in out


def test_a_build_server_is_never_asked(shop: Path) -> None:
    parent, child = pty.openpty()
    said = subprocess.run(
        [sys.executable, "-m", "skymason", "create-microservice"],
        stdin=child,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "CI": "true"},
        timeout=30,
    )
    os.close(parent)
    os.close(child)
    assert (said.returncode, said.stderr.splitlines()[1]) == (2, "  missing: NAME, --pattern")


def test_colour_and_width_are_those_of_a_terminal(
    sm: Run, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    code, out, _ = sm(*ORDER)
    assert code == 0
    assert "\x1b[32m+ Dockerfile" in out


def test_it_takes_less_than_two_seconds(shop: Path) -> None:
    began = time.process_time()
    from skymason.cli.main import main

    assert main(list(ORDER)) == 0
    assert time.process_time() - began < 2

"""Run a Pulumi program in this process, against the offline cloud, into a Plan. No CLI, no account, no network."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import os
import runpy
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skymason.plan.model import Plan

if TYPE_CHECKING:
    from skymason.offline.cloud import Cloud
    from skymason.offline.monitor import RecordingMonitor


class _SameThread(ThreadPoolExecutor):
    """Runs each call at once, in the caller's thread: registrations come in one fixed order."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


def evaluate(
    program: Callable[[], Any],
    *,
    project: str,
    stack: str,
    config: Mapping[str, str] | None = None,
    secret_keys: Collection[str] = (),
    preview: bool = False,
    cloud: Cloud | None = None,
    root: Path | None = None,
) -> Plan:
    """Run `program` as the program of one stack and return what it registered.

    config: flat `project:key` → text, as the engine gives it. secret_keys: those of them that are secret.
    preview: computed outputs are unknown, as in `pulumi preview`. cloud: left out, an empty one.
    root: source lines are given relative to it; left out, the working directory.
    Every evaluation is on its own: a new event loop, new settings, a new stack.
    """
    from skymason.offline.cloud import Cloud
    from skymason.offline.monitor import RecordingMonitor

    monitor = RecordingMonitor(cloud or Cloud(), project, stack, root or Path.cwd(), preview=preview)
    # Everything that the runtime keeps for a deployment stands in context variables: a copy isolates it.
    contextvars.copy_context().run(_run, program, monitor, dict(config or {}), list(secret_keys))
    return Plan(
        project=project,
        stack=stack,
        engine="in-process",
        preview=preview,
        resources=tuple(monitor.records.values()),
        outputs=monitor.outputs.value,
        secret_outputs=monitor.outputs.secrets,
    )


def _run(
    program: Callable[[], Any], monitor: RecordingMonitor, config: dict[str, str], secret_keys: list[str]
) -> None:
    from google.protobuf import empty_pb2
    from pulumi.runtime import configure, run_in_stack, set_all_config
    from pulumi.runtime.mocks import MockEngine, MockSettings
    from pulumi.runtime.settings import ROOT

    loop = asyncio.new_event_loop()
    loop.set_default_executor(_SameThread(max_workers=1))
    asyncio.set_event_loop(loop)
    try:
        configure(
            MockSettings(
                monitor=monitor,
                monitor_features=set(monitor.GetDeploymentInfo(empty_pb2.Empty()).supportedFeatures),
                engine=MockEngine(None),
                project=monitor.project,
                stack=monitor.stack,
                dry_run=monitor.preview,
                organization="organization",
                root_directory=str(monitor.root),
                legacy_apply_enabled=False,
                outputs=set(),
                package_refs={},
                base_providers_by_ref={},
                callbacks=None,
            )
        )
        ROOT.set(None)
        set_all_config(config, secret_keys)
        loop.run_until_complete(run_in_stack(lambda: _without_result(program)))
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()
        asyncio.set_event_loop(None)


def _without_result(program: Callable[[], Any]) -> Any:
    """A program may be a coroutine function; whatever else it returns is of no interest."""
    result = program()
    return result if asyncio.iscoroutine(result) else None


def evaluate_project(
    root: Path,
    stack: str,
    *,
    config: Mapping[str, str] | None = None,
    secret_keys: Collection[str] = (),
    preview: bool = False,
    cloud: Cloud | None = None,
) -> Plan:
    """Run the `__main__.py` of a project folder for one stack. config: left out, read from its YAML files."""
    from ruamel.yaml import YAML

    root = root.resolve()
    description = YAML(typ="safe").load((root / "Pulumi.yaml").read_text())
    if config is None:
        from skymason.settings import config_of

        config = config_of(root, stack)

    def program() -> None:
        runpy.run_path(str(root / "__main__.py"), run_name="__main__")

    with _as_main(root), collector_tuned():
        return evaluate(
            program,
            project=str(description["name"]),
            stack=stack,
            config=config,
            secret_keys=secret_keys,
            preview=preview,
            cloud=cloud,
            root=root,
        )


@contextmanager
def _as_main(root: Path) -> Iterator[None]:
    """Working directory, import path and arguments as the language host gives them to a program."""
    before = (Path.cwd(), list(sys.path), list(sys.argv))
    os.chdir(root)
    sys.path.insert(0, str(root))
    sys.argv = [str(root / "__main__.py")]
    try:
        yield
    finally:
        os.chdir(before[0])
        sys.path[:], sys.argv = before[1], before[2]


@contextmanager
def collector_tuned() -> Iterator[None]:
    """Garbage-collector thresholds for one evaluation: the defaults take half to two thirds of its time."""
    before = gc.get_threshold()
    gc.set_threshold(50_000, 20, 50)
    try:
        yield
    finally:
        gc.set_threshold(*before)

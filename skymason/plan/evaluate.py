"""Run a Pulumi program in this process, against the offline cloud, into a Plan. No CLI, no account."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import logging
import os
import runpy
import sys
import traceback
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skymason.diagnostics import (
    REGISTRY,
    Code,
    Diagnostic,
    DiagnosticError,
    Location,
    Severity,
    has_errors,
    ordered,
)
from skymason.plan.codes import NO_PROJECT, PROGRAM_FAILED
from skymason.plan.model import Plan
from skymason.plan.namesakes import apart

if TYPE_CHECKING:
    from skymason.offline.cloud import Cloud
    from skymason.offline.monitor import RecordingMonitor
    from skymason.offline.source import Sources


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
    preview: computed outputs are unknown, as in `pulumi preview`, and the cloud stays as it is. cloud: left
    out, an empty one. What the stack has in it and the program no longer does is deleted from it. root:
    source lines are given relative to it; left out, the working directory. Every evaluation is on its own: a
    new event loop, new settings, a new stack. The same input gives the same plan. Raises DiagnosticError with
    every refusal (SM3xxx, SM4xxx) of the whole program, among them SM3001 for an exception of the program
    itself. The cloud is then unchanged.
    """
    from skymason.offline.cloud import Cloud
    from skymason.offline.monitor import RecordingMonitor

    cloud = cloud or Cloud()
    monitor = RecordingMonitor(cloud, project, stack, root or Path.cwd(), preview=preview, config=config)
    with nullcontext() if preview else cloud.transaction(), collector_held(monitor):
        # What the runtime keeps for a deployment stands in context variables: a copy isolates it.
        failure = contextvars.copy_context().run(
            _run, program, monitor, dict(config or {}), list(secret_keys)
        )
        if failure is None:
            monitor.finish()
        found = list(monitor.findings.diagnostics)
        if failure is not None:
            hidden = [value for key, value in (config or {}).items() if key in secret_keys]
            found += explained(failure, monitor.sources, hidden, monitor.refused_calls)
        if has_errors(found):
            raise DiagnosticError(ordered(found)) from failure
    return Plan(
        project=project,
        stack=stack,
        engine="in-process",
        preview=preview,
        resources=tuple(monitor.records.values()),
        outputs=monitor.outputs.value,
        secret_outputs=tuple(sorted(monitor.outputs.secrets)),
    )


def _run(
    program: Callable[[], Any], monitor: RecordingMonitor, config: dict[str, str], secret_keys: list[str]
) -> BaseException | None:
    """Run the program to its end; the exception that stopped it, if one did."""
    from google.protobuf import empty_pb2
    from pulumi.runtime import configure, run_in_stack, set_all_config
    from pulumi.runtime.mocks import MockEngine, MockSettings
    from pulumi.runtime.settings import ROOT

    loop = asyncio.new_event_loop()
    loop.set_default_executor(_SameThread(max_workers=1))
    loop.set_exception_handler(lambda *_: None)  # what is lost when the program stops is of no interest
    asyncio.set_event_loop(loop)
    try:
        configure(
            MockSettings(
                monitor=monitor,
                monitor_features=set(monitor.GetDeploymentInfo(empty_pb2.Empty()).supportedFeatures),
                engine=MockEngine(logging.getLogger("skymason.program")),
                project=monitor.project,
                stack=monitor.stack,
                dry_run=monitor.preview,
                organization="organization",
                root_directory=str(monitor.sources.root),
                legacy_apply_enabled=False,
                outputs=set(),
                package_refs={},
                base_providers_by_ref={},
                callbacks=None,
            )
        )
        ROOT.set(None)
        set_all_config(config, secret_keys)
        with monitor.sources.watching():
            loop.run_until_complete(run_in_stack(lambda: _without_result(program)))
    except (Exception, SystemExit) as error:
        return error
    finally:
        _close(loop)
    return None


def _close(loop: asyncio.AbstractEventLoop) -> None:
    pending = asyncio.all_tasks(loop)
    for task in pending:
        task.cancel()
    if pending:
        loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
    loop.close()
    asyncio.set_event_loop(None)


async def _without_result(program: Callable[[], Any]) -> None:
    """Run a program, a coroutine function perhaps, and wait for its outputs; its result is of no interest.

    The runtime would wait for them too, but for the first of all outstanding ones at a time, which takes as
    many steps as there are outputs, times the rounds.
    """
    from pulumi.runtime.settings import SETTINGS

    result = program()
    if asyncio.iscoroutine(result):
        await result
    while pending := [task for task in list(SETTINGS.outputs) if not task.done()]:
        await asyncio.wait(pending)


def explained(
    error: BaseException, sources: Sources, hidden: Collection[str] = (), refused_calls: Collection[str] = ()
) -> list[Diagnostic]:
    """Findings for the exception that stopped a program: its own diagnostics, or where it was raised.

    hidden: texts that no message may show. refused_calls: what providers' functions said when they refused.
    """
    from skymason.offline.codes import NO_FUNCTION

    for cause in (error, error.__cause__):  # a program may wrap it, so that the engine prints no traceback
        if isinstance(cause, DiagnosticError):
            return list(cause.diagnostics)
        if type(cause).__name__ == DiagnosticError.__name__:
            return [_of_namesake(item) for item in getattr(cause, "diagnostics", ())]
    if isinstance(error, SystemExit) and error.code in (None, 0):
        return []
    location = Location("__main__.py")
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        line = sources.line(frame.filename, frame.lineno or 0)
        if line is not None:
            location = Location(line.path, line.line)
            break
    text = f"{type(error).__name__}: {error}"
    for value in hidden:
        text = text.replace(value, "[secret]") if value else text
    if any(message in text for message in refused_calls):
        fix = "call a function that the provider has, with arguments that find something"
        return [Diagnostic(NO_FUNCTION, text, fix, location)]
    return [Diagnostic(PROGRAM_FAILED, text, "mend the program; see the line", location)]


def _of_namesake(found: Any) -> Diagnostic:
    """A finding of a program that brought its own copy of this package."""
    code = REGISTRY.get(found.code.id) or Code(found.code.id, found.code.title, found.code.why)
    return Diagnostic(
        code,
        found.message,
        found.fix,
        Location(found.location.path, found.location.line),
        found.key,
        found.set_by,
        Severity(str(found.severity)),
    )


def evaluate_project(
    root: Path,
    stack: str,
    *,
    config: Mapping[str, str] | None = None,
    secret_keys: Collection[str] = (),
    preview: bool = False,
    cloud: Cloud | None = None,
) -> Plan:
    """Run the `__main__.py` of a project folder for one stack. config: left out, read from its YAML files.

    Raises DiagnosticError as `evaluate` does, and SM3030 for a folder without such a project.
    """
    root = root.resolve()
    name = project_name(root)
    if config is None:
        from skymason.settings import config_of

        config = config_of(root, stack)

    def program() -> None:
        runpy.run_path(str(root / "__main__.py"), run_name="__main__")

    with _as_main(root), collector_tuned():
        return evaluate(
            program,
            project=name,
            stack=stack,
            config=config,
            secret_keys=secret_keys,
            preview=preview,
            cloud=cloud,
            root=root,
        )


def project_name(root: Path) -> str:
    """The `name` in a folder's Pulumi.yaml. Raises DiagnosticError, SM3030, where there is no program."""
    import yaml  # type: ignore[import-untyped]

    file = root / "Pulumi.yaml"
    try:
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError):
        data = None
    name = data.get("name") if isinstance(data, dict) else None
    if isinstance(name, str) and (root / "__main__.py").is_file():
        return name
    missing = "Pulumi.yaml with a name" if not isinstance(name, str) else "__main__.py"
    raise DiagnosticError(
        [
            Diagnostic(
                NO_PROJECT,
                f"{root.name} has no {missing}",
                "run the command in the folder of a Pulumi program in Python",
                Location(missing.split(" ")[0]),
            )
        ]
    )


@contextmanager
def _as_main(root: Path) -> Iterator[None]:
    """Working directory, import path and arguments as the language host gives them to a program."""
    before = (Path.cwd(), list(sys.path), list(sys.argv))
    os.chdir(root)
    sys.path.insert(0, str(root))
    sys.argv = [str(root / "__main__.py")]
    try:
        with apart(root, _read_tables):
            yield
    finally:
        os.chdir(before[0])
        sys.path[:], sys.argv = before[1], before[2]


def _read_tables() -> None:
    """Data that is looked up by the name of a module, which may be another one while a program runs."""
    from skymason.offline import sdk
    from skymason.offline.facts import table

    for package in sdk.PACKAGES:
        table(package)


_made = 0
_MANY = 3_000


@contextmanager
def collector_held(monitor: RecordingMonitor) -> Iterator[None]:
    """Keep the garbage collector from walking an evaluation's objects, which all live until its end.

    They are set aside at each resource, which costs nothing, and given back afterwards. What earlier
    evaluations left is collected before it becomes many resources. Where a program has set objects aside
    itself, it is left alone.
    """
    global _made
    if gc.get_freeze_count():
        yield
        return
    if _made > _MANY:
        gc.collect()
        _made = 0
    monitor.sources.on_resource = gc.freeze
    try:
        yield
    finally:
        gc.unfreeze()
        _made += len(monitor.records)


@contextmanager
def collector_tuned() -> Iterator[None]:
    """Garbage-collector thresholds for one evaluation: the defaults take half to two thirds of its time."""
    before = gc.get_threshold()
    gc.set_threshold(50_000, 20, 50)
    try:
        yield
    finally:
        gc.set_threshold(*before)

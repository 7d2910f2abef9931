"""Runs an operation with the Pulumi CLI, through the Automation API, in the offline cloud or a real one."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pulumi.automation import LocalWorkspace, Stack
from pulumi.automation.errors import CommandError, ConcurrentUpdateError, StackNotFoundError

from skymason.diagnostics import Diagnostic, DiagnosticError, Location, Severity
from skymason.driver import codes, recover
from skymason.driver.attach import BACKEND, CLOUD, NOT_FOR_OFFLINE, attach
from skymason.driver.command import GuardedCommand
from skymason.driver.events import EventReader
from skymason.driver.findings import findings
from skymason.driver.interrupt import Interrupts
from skymason.driver.kept import newer
from skymason.driver.model import CloudKind, Operation, Outcome, Request, Result
from skymason.driver.progress import Display
from skymason.driver.project import Project
from skymason.driver.python import missing_environment
from skymason.driver.sidefile import side_folder, write_side
from skymason.driver.tally import Tally
from skymason.engine_cli import EngineCli, ignored_folder


class _Stack(Stack):  # type: ignore[misc]
    """A stack of the Automation API that costs one call of the CLI instead of four.

    The SDK selects the stack (and so changes what the user has selected), and asks for outputs and history
    after each operation. Events have told all of it by then.
    """

    def __init__(self, name: str, workspace: LocalWorkspace) -> None:
        self.name = name
        self.workspace = workspace

    def outputs(self) -> dict[str, Any]:
        return {}

    def info(self, show_secrets: bool = True) -> object:
        return object()


def run(project: Project, request: Request, engine: EngineCli, tally: Tally, display: Display) -> Outcome:
    """Run one operation. Raises DiagnosticError where it cannot begin; a failure midway is in the outcome."""
    with Interrupts(display.note) as interrupts:
        if request.cloud is CloudKind.REAL:
            command = GuardedCommand(engine.root, interrupts)
            return _Run(project, request, engine, tally, display, interrupts, command, {}).outcome()
        command = GuardedCommand(engine.root, interrupts, NOT_FOR_OFFLINE)
        ignored_folder(project.root)
        with attach(project.offline_folder(request.stack)) as environment:
            # A project without a virtual environment of its own runs in the one that `sm` runs in.
            here = str(Path(sys.executable).parent)
            environment["PATH"] = os.pathsep.join([here, os.environ.get("PATH", "")])
            return _Run(project, request, engine, tally, display, interrupts, command, environment).outcome()


class _Run:
    """One operation on one stack."""

    def __init__(
        self,
        project: Project,
        request: Request,
        engine: EngineCli,
        tally: Tally,
        display: Display,
        interrupts: Interrupts,
        command: GuardedCommand,
        environment: Mapping[str, str],
    ) -> None:
        self.project = project
        self.request = request
        self.engine = engine
        self.tally = tally
        self.display = display
        self.interrupts = interrupts
        self.command = command
        self.environment = environment
        self.offline = request.cloud is CloudKind.OFFLINE
        self.place = project.offline_folder(request.stack)
        self.backend = self.place / BACKEND

    def outcome(self) -> Outcome:
        notes = self._prepare() if self.offline else []
        workspace = LocalWorkspace(
            work_dir=str(self.project.root), env_vars=self.environment, pulumi_command=self.command
        )
        result = Result.SUCCEEDED
        if environment := missing_environment(self.project):
            text = f"the Pulumi CLI first makes {environment} and installs the project's packages"
            self.display.note(f"{text}: a minute, once")
        try:
            self._operate(_Stack(self.request.stack, workspace))
        except CommandError as error:
            interrupted = self.interrupts.count > 0
            result = Result.INTERRUPTED if interrupted else Result.FAILED
            notes += self._failure(error)
        return Outcome(
            project=self.project.name,
            stack=self.request.stack,
            operation=self.request.operation,
            cloud=self.request.cloud,
            engine=self.engine.name,
            reason=self.engine.reason,
            result=result,
            changes=self.tally.changes(),
            outputs=self.tally.outputs,
            state=self._state(),
            seconds=self.tally.seconds,
            diagnostics=tuple(notes),
        )

    def _operate(self, stack: _Stack) -> None:
        reader = EventReader(self.tally, self.display)
        options: dict[str, Any] = {"on_event": reader, "color": "never"}
        if self.offline:
            options["config_file"] = str(side_folder(self.place) / self.project.stack_file(stack.name).name)
        dry = self.request.dry
        match self.request.operation:
            case Operation.UP:
                stack.up(**options)
            case Operation.PREVIEW:
                stack.preview(**options)
            case Operation.REFRESH:
                (stack.preview_refresh if dry else stack.refresh)(**options)
            case Operation.DESTROY:
                (stack.preview_destroy if dry else stack.destroy)(**options)

    def _prepare(self) -> list[Diagnostic]:
        """The offline stack's settings, backend and state, mended where a killed update left them broken."""
        name, stack = self.project.name, self.request.stack
        write_side(self.project, stack, self.place)
        notes = recover.clear_stale_locks(self.backend, name, stack)
        state = recover.state_file(self.backend, name, stack)
        if notes or newer(self.project.kept_plan(stack), state):
            recover.forget_unknown(self.place / CLOUD, state)
        for item in recover.read_deployment(state).get("resources") or ():
            self.tally.know(
                item["urn"], item["type"], parent=item.get("parent", ""), custom=bool(item.get("custom"))
            )
        pending = recover.pending_operations(state)
        if not state.exists():
            self._aside(["stack", "init", "--no-select"])
        if pending and self.request.writes:
            notes.append(self._clear_pending(pending))
        if self.request.operation is Operation.DESTROY:
            # Even to say what it would do, the engine wants its own marks gone; the next up sets them again.
            if recover.protected(state):
                self._aside(["state", "unprotect", "--all", "--yes"])
            if self.request.writes:
                notes += self._unprotect()
        return notes

    def _unprotect(self) -> list[Diagnostic]:
        """Protection guards what cannot be had again; everything in the offline cloud can."""
        names = recover.lift_protection(self.place / CLOUD)
        if not names:
            return []
        text = f"protected from deletion: {', '.join(names)}; in the offline cloud they go all the same"
        fix = "nothing here; a real stack is destroyed only after its protection has been turned off"
        place = Location(f"stack {self.request.stack}")
        return [Diagnostic(codes.UNPROTECTED, text, fix, place, severity=Severity.NOTE)]

    def _aside(self, words: list[str]) -> None:
        """A command that needs the stack's state but not its program."""
        folder = str(side_folder(self.place))
        self.command.run([*words, "--stack", self.request.stack], folder, self.environment)

    def _state(self) -> str:
        if not self.offline:
            return "the backend you are logged in to (`pulumi whoami --verbose` names it)"
        return self.project.shown(self.place)

    def _failure(self, error: CommandError) -> list[Diagnostic]:
        """Why the CLI gave up. Raises DiagnosticError where it never began."""
        place = Location(f"stack {self.request.stack}")
        if self.interrupts.count:
            text = "interrupted; the state holds everything that was done until then"
            return [Diagnostic(codes.INTERRUPTED, text, f"`{self._again()}` goes on from there", place)]
        if isinstance(error, StackNotFoundError):
            text = f"the backend has no stack '{self.request.stack}'"
            fix = f"pulumi stack init {self.request.stack} --secrets-provider=…"
            raise DiagnosticError([Diagnostic(codes.NO_STACK, text, fix, place)]) from None
        if isinstance(error, ConcurrentUpdateError):
            fix = f"wait for it; if it was killed: pulumi cancel --stack {self.request.stack}"
            raise DiagnosticError([Diagnostic(codes.LOCKED, self._said(), fix, place)]) from None
        found = findings(self.tally.messages, self.request.stack, str(self.project.root))
        if found:
            return found
        fix = "mend the cause and run it again"
        return [Diagnostic(codes.FAILED, self._said() or "the Pulumi CLI failed", fix, place)]

    def _said(self) -> str:
        """The CLI's last words: what it printed as errors, else its last line."""
        lines = [line.strip() for line in self.command.last.stderr.splitlines() if line.strip()]
        errors = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
        return "; ".join(errors or lines[-1:])

    def _again(self) -> str:
        return f"sm {self.request.operation} --stack {self.request.stack}"

    def _clear_pending(self, pending: list[str]) -> Diagnostic:
        """Find out what became of operations in flight when an update was killed."""
        self._aside(["refresh", "--yes", "--skip-preview", "--clear-pending-creates"])
        names = ", ".join(sorted(urn.rpartition("::")[2] for urn in pending))
        return Diagnostic(
            codes.PENDING,
            f"a killed update left operations pending ({names}); what became of them has been read",
            "nothing to do",
            Location(f"stack {self.request.stack}"),
            severity=Severity.WARNING,
        )

"""Which commands there are. A command's module is imported only when that command runs.

To add one: a line here, `skymason/cli/commands/<name>.py` with a function `command`, and its examples in
`notes.py`; then `sm schema` brings the reference and completion up to date.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """One command. summary: what `sm --help` says of it; a test keeps it equal to the command's own help."""

    name: str
    summary: str

    @property
    def module(self) -> str:
        return f"skymason.cli.commands.{self.name.replace('-', '_')}"


_ENTRIES = (
    Entry(
        "create-microservice",
        "Create a microservice: its spec, a running application with tests, and its workflow.",
    ),
    Entry("patterns", "Show what patterns there are, what each creates, its keys and what it costs."),
    Entry("validate", "Check settings, patterns and services, and list everything that is wrong."),
    Entry("explain", "Show which layer set a key of a service."),
    Entry("plan", "Show what the next `up` would change, in process: no account, no Pulumi CLI."),
    Entry("up", "Deploy a stack, to the offline cloud or a real one."),
    Entry("preview", "Show what `up` would change, by the engine that would run it."),
    Entry("refresh", "Read the cloud's present state into the stack, and show what drifted."),
    Entry("destroy", "Delete every resource of a stack."),
    Entry("drift", "Show what was changed in the cloud behind the program's back."),
    Entry("state", "Show what is deployed in a stack: resources, last update, what is pending."),
    Entry("outputs", "Show a stack's outputs."),
    Entry("chart-values", "Print the values of a service's Helm chart that only the deployed stack knows."),
    Entry("offline", "Run any command, in any folder, with the offline cloud attached."),
    Entry(
        "doctor", "Check what this machine and project have: tools, settings, backend, credentials, quotas."
    ),
    Entry("completion", "Print the script with which a shell completes command lines of sm."),
    Entry("schema", "Write the JSON Schemas that editors use, or check that they are current."),
)

COMMANDS: dict[str, Entry] = {entry.name: entry for entry in _ENTRIES}

"""What the help of a command says beside its options: examples, and exit codes of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Note:
    """examples: (command line, what it does). exits: exit code → what it means for this command, where that
    is more than `sm`'s own table says."""

    examples: tuple[tuple[str, str], ...]
    exits: Mapping[int, str] = field(default_factory=dict)


NOTES: Mapping[str, Note] = {
    "create-microservice": Note(
        (
            (
                "sm create-microservice basket --pattern web_api --cloud aws --owner team-shop",
                "a service with its spec, application, chart and workflow",
            ),
            (
                "sm create-microservice basket --pattern web_api --cloud aws --owner team-shop --dry-run",
                "show the files, write none",
            ),
        )
    ),
    "patterns": Note(
        (
            ("sm patterns", "all of them, in short"),
            ("sm patterns data_api", "one with its keys and costs"),
            ("sm patterns web_api --cloud azure --json", "the same as data"),
        )
    ),
    "validate": Note(
        (
            ("sm validate --stack prod", "check one stack"),
            ("sm validate --all-stacks --format sarif", "check all of them, for a code host"),
            ("sm validate --watch", "check again with every change, while specs are written"),
        ),
        {1: "there is an error; warnings alone are fine"},
    ),
    "explain": Note(
        (
            ("sm explain scaling.max --service storefront --env prod", "who sets one key"),
            ("sm explain scaling --service storefront", "who sets the keys of a section"),
        )
    ),
    "plan": Note(
        (
            ("sm plan --stack prod", "what the next deployment would change"),
            ("sm plan --stack prod --against main --markdown", "for a pull request: what it changes"),
            ("sm plan --stack prod --fail-on replace", "for a pipeline: stop before anything is replaced"),
        ),
        {3: "with --fail-on: something would change, or be replaced or deleted"},
    ),
    "up": Note(
        (
            ("sm up", "deploy stack dev to the offline cloud"),
            (
                "sm up --stack prod --cloud real",
                "deploy with your own credentials; shows the changes and asks",
            ),
        )
    ),
    "preview": Note((("sm preview --expect-no-changes", "fail where anything would change"),)),
    "refresh": Note((("sm refresh --dry-run", "show what drifted, change nothing"),)),
    "destroy": Note((("sm destroy --dry-run", "show what would be deleted"),)),
    "drift": Note(
        (
            ("sm drift", "what was changed in the offline cloud of stack dev"),
            ("sm drift --stack prod --cloud real --json", "for a nightly job"),
        ),
        {3: "something drifted"},
    ),
    "state": Note(
        (
            ("sm state --stack prod", "what is deployed, and when it was"),
            ("sm state --service storefront --type queue", "some of it"),
            ("sm state --all-stacks", "every stack in a line"),
        )
    ),
    "outputs": Note(
        (("sm outputs --json", "for a script"), ("sm outputs --env-file > .env", "for docker compose"))
    ),
    "chart-values": Note(
        (
            (
                "sm chart-values storefront --stack prod > deployed.yaml",
                "values for `helm install --values deployed.yaml`",
            ),
        )
    ),
    "offline": Note(
        (
            ("sm offline -- pulumi up", "the CLI itself, with no account"),
            ("sm offline --cwd examples/shop -- pulumi preview", "another program"),
        ),
        {0: "as the command that was run: its exit code is handed on"},
    ),
    "doctor": Note(
        (
            ("sm doctor", "everything that can be told without a network"),
            ("sm doctor --online --json", "also whether backend and cloud answer, as data"),
        ),
        {1: "something is wrong; what is merely to look at is fine"},
    ),
    "completion": Note(
        (
            ("sm completion bash --install", "for every new shell"),
            ("source <(sm completion bash)", "for this shell alone"),
        )
    ),
    "schema": Note(
        (
            ("sm schema", "bring all generated files up to date"),
            ("sm schema --check", "for a pipeline: write nothing"),
        ),
        {1: "with --check: a file is not what the code says"},
    ),
}
"""Command → its notes. A test keeps every example a command line that can be understood."""

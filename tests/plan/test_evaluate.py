"""Evaluation of programs in this process: what is recorded, what is refused, and that nothing leaks."""

import asyncio
import gc
import importlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.runtime.settings import ROOT
from pulumi_aws import Provider, get_caller_identity, get_region_output, iam, s3, sns, sqs
from pulumi_aws.ec2 import Subnet, Vpc
from pulumi_random import RandomPassword

from skymason.diagnostics import DiagnosticError
from skymason.offline.cloud import Cloud
from skymason.plan.diff import Kind, difference
from skymason.plan.evaluate import collector_tuned, evaluate, evaluate_project
from skymason.plan.model import UNKNOWN, Plan, PlannedResource

ROOT_FOLDER = Path(__file__).parents[2]
QUEUE = "aws:sqs/queue:Queue"


class Pair(pulumi.ComponentResource):
    """A queue and its dead letters."""

    url: pulumi.Output[str]

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None, /, **inputs: Any) -> None:
        super().__init__("test:index:Pair", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.dead = sqs.Queue(f"{name}-dead", opts=child)
        policy = pulumi.Output.json_dumps({"deadLetterTargetArn": self.dead.arn, "maxReceiveCount": 3})
        self.queue = sqs.Queue(f"{name}-jobs", redrive_policy=policy, opts=child, **inputs)
        self.url = self.queue.url
        self.register_outputs({"url": self.url})


def run(program: Callable[[], Any], **more: Any) -> Plan:
    return evaluate(program, project="shop", stack="dev", root=ROOT_FOLDER, **more)


def refused(program: Callable[[], Any], **more: Any) -> list[tuple[str, str, str]]:
    with pytest.raises(DiagnosticError) as error:
        run(program, **more)
    return [(item.code.id, item.key, item.message) for item in error.value.diagnostics]


def one(plan: Plan, name: str) -> PlannedResource:
    (found,) = [resource for resource in plan.resources if resource.name == name]
    return found


# --- recording


def test_urns_are_those_of_the_engine() -> None:
    plan = run(lambda: Pair("a", pulumi.ResourceOptions(parent=Pair("outer"))))
    assert one(plan, "outer").urn == "urn:pulumi:dev::shop::test:index:Pair::outer"
    assert one(plan, "a").urn == "urn:pulumi:dev::shop::test:index:Pair$test:index:Pair::a"
    assert one(plan, "a-jobs").urn == (
        "urn:pulumi:dev::shop::test:index:Pair$test:index:Pair$aws:sqs/queue:Queue::a-jobs"
    )
    assert one(plan, "outer").parent == ""
    assert one(plan, "a").parent == one(plan, "outer").urn
    assert (one(plan, "a").custom, one(plan, "a-jobs").custom) == (False, True)
    assert one(plan, "a").outputs == {"url": one(plan, "a-jobs").id}


def test_dependencies_are_recorded_by_property() -> None:
    def program() -> None:
        topic = sns.Topic("first")
        pair = Pair("a")
        sns.TopicSubscription(
            "s", topic=topic.arn, protocol="sqs", endpoint=pair.queue.arn,
            opts=pulumi.ResourceOptions(depends_on=[pair.dead]),
        )  # fmt: skip

    plan = run(program)
    subscription = one(plan, "s")
    topic, dead, jobs = (one(plan, name).urn for name in ("first", "a-dead", "a-jobs"))
    assert subscription.dependencies == tuple(sorted((topic, dead, jobs)))
    assert subscription.property_dependencies == {"endpoint": (jobs,), "protocol": (), "topic": (topic,)}


def test_options_are_recorded() -> None:
    def program() -> None:
        provider = Provider("mine", region="us-east-1")
        first = sqs.Queue("first")
        sqs.Queue(
            "second",
            opts=pulumi.ResourceOptions(
                protect=True,
                retain_on_delete=True,
                delete_before_replace=True,
                ignore_changes=["tags"],
                replace_on_changes=["delaySeconds"],
                aliases=[pulumi.Alias(name="old"), "urn:pulumi:dev::shop::x::y", pulumi.Alias(name="old")],
                provider=provider,
                deleted_with=first,
            ),
        )

    plan = run(program)
    provider = one(plan, "mine")
    assert provider.type == "pulumi:providers:aws"
    options = one(plan, "second").options
    assert options.aliases == ("urn:pulumi:dev::shop::aws:sqs/queue:Queue::old", "urn:pulumi:dev::shop::x::y")
    assert (options.protect, options.retain_on_delete, options.delete_before_replace) == (True, True, True)
    assert (options.ignore_changes, options.replace_on_changes) == (("tags",), ("delaySeconds",))
    assert options.provider == f"{provider.urn}::{provider.id}"
    assert options.deleted_with == one(plan, "first").urn
    assert one(plan, "second").outputs["arn"].startswith("arn:aws:sqs:us-east-1:")


def test_secrets_are_marked_and_kept_out_of_what_is_shown() -> None:
    def program() -> None:
        password = RandomPassword("p", length=20, special=False)
        topic = sns.Topic("t", display_name=pulumi.Output.secret("hush-hush"), tags={"a": password.result})
        pulumi.export("name", topic.display_name)
        pulumi.export("nested", {"plain": 1, "deep": password.result})
        pulumi.export("arn", topic.arn)

    plan = run(program)
    assert one(plan, "p").secrets == ("bcryptHash", "result")
    assert one(plan, "t").secrets == ("displayName", "tags.a")
    assert one(plan, "t").inputs["displayName"] == "hush-hush"
    assert plan.secret_outputs == ("name", "nested.deep")
    assert plan.outputs["name"] == "hush-hush"


def test_a_preview_registers_the_same_with_unknowns() -> None:
    def program() -> None:
        pulumi.export("url", Pair("a").url)

    preview, deployed = run(program, preview=True), run(program)
    assert [item.urn for item in preview.resources] == [item.urn for item in deployed.resources]
    assert (preview.preview, deployed.preview) == (True, False)
    jobs = one(preview, "a-jobs")
    assert jobs.unknowns == ("redrivePolicy",)
    assert jobs.inputs["redrivePolicy"] == UNKNOWN
    assert (jobs.id, jobs.outputs["arn"]) == ("", UNKNOWN)
    assert preview.outputs == {"url": UNKNOWN}
    assert json.loads(one(deployed, "a-jobs").inputs["redrivePolicy"])["maxReceiveCount"] == 3
    assert one(deployed, "a-jobs").unknowns == ()


@pytest.mark.parametrize("preview", [True, False])
def test_two_evaluations_give_equal_bytes(preview: bool) -> None:
    def program() -> None:
        for name in "abc":
            Pair(name, tags={"x": name})
        pulumi.export("who", get_region_output().region)

    assert run(program, preview=preview).to_json() == run(program, preview=preview).to_json()


def test_source_lines_are_those_of_the_program() -> None:
    plan = run(lambda: Pair("a"))
    text = Path(__file__).read_text().splitlines()
    for name, code in (("a-dead", 'sqs.Queue(f"{name}-dead"'), ("a", 'run(lambda: Pair("a"))')):
        source = one(plan, name).source
        assert source is not None
        assert source.path == "tests/plan/test_evaluate.py"
        assert code in text[source.line - 1]


def test_lines_outside_of_the_root_are_not_the_programs(tmp_path: Path) -> None:
    plan = evaluate(lambda: sqs.Queue("q"), project="shop", stack="dev", root=tmp_path)
    assert one(plan, "q").source is None


def test_config_reaches_the_program_and_the_default_provider() -> None:
    seen: list[Any] = []

    def program() -> None:
        config = pulumi.Config()
        seen.extend([config.require("size"), config.get("none"), pulumi.get_stack(), pulumi.get_project()])
        pulumi.export("token", config.require_secret("token"))
        sns.Topic("t")

    config = {
        "shop:size": "3",
        "shop:token": "hush",
        "aws:region": "eu-west-1",
        "aws:defaultTags": '{"tags": {"a": "b"}}',
    }
    plan = run(program, config=config, secret_keys=["shop:token"])
    assert seen == ["3", None, "dev", "shop"]
    assert plan.secret_outputs == ("token",)
    assert one(plan, "t").outputs["arn"].startswith("arn:aws:sns:eu-west-1:")
    assert one(plan, "t").outputs["tagsAll"] == {"a": "b"}


def test_assets_are_taken() -> None:
    plan = run(lambda: s3.BucketObject("o", bucket="b", source=pulumi.StringAsset("text")))
    assert one(plan, "o").inputs["source"]["text"] == "text"


def test_a_resource_that_stands_outside_can_be_read() -> None:
    def program() -> None:
        vpc = Vpc.get("theirs", "vpc-0123")
        Subnet("s", vpc_id=vpc.id, cidr_block="10.0.0.0/24")
        pulumi.export("arn", vpc.arn)

    plan = run(program)
    assert [item.name for item in plan.resources] == ["s"]
    assert one(plan, "s").inputs["vpcId"] == "vpc-0123"
    assert plan.outputs["arn"].endswith(":vpc/vpc-0123")
    assert run(program, preview=True).outputs == plan.outputs


def test_coroutines_and_functions_of_providers() -> None:
    async def program() -> None:
        await asyncio.sleep(0)
        pulumi.export("account", get_caller_identity().account_id)

    assert run(program).outputs == {"account": "123456789012"}


# --- isolation


def test_nothing_of_an_evaluation_is_left() -> None:
    before = (ROOT.get(), gc.get_freeze_count(), gc.get_threshold())
    run(lambda: pulumi.runtime.register_stack_transformation(lambda args: None))
    plan = run(lambda: sqs.Queue("q"))
    assert (ROOT.get(), gc.get_freeze_count(), gc.get_threshold()) == before
    assert [item.name for item in plan.resources] == ["q"]
    with collector_tuned():
        assert gc.get_threshold() == (50_000, 20, 50)
    assert gc.get_threshold() == before[2]


def test_a_failed_evaluation_leaves_the_next_one_alone() -> None:
    def program() -> None:
        queue = sqs.Queue("q")
        queue.url.apply(lambda url: 1 / 0)

    ((code, _, message),) = refused(program)
    assert (code, message) == ("SM3001", "ZeroDivisionError: division by zero")
    assert len(run(lambda: sqs.Queue("q")).resources) == 1


def test_many_resources_are_collected_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    from skymason.plan import evaluate as module

    collected: list[int] = []
    monkeypatch.setattr(module.gc, "collect", lambda: collected.append(1))
    monkeypatch.setattr(module.gc, "get_freeze_count", lambda: 0)
    monkeypatch.setattr(module, "_made", 0)
    monkeypatch.setattr(module, "_MANY", 1)
    for _ in range(3):
        run(lambda: (sqs.Queue("a"), sqs.Queue("b")))
    assert len(collected) == 2


# --- refusals


def test_everything_that_is_refused_is_reported_with_its_line() -> None:
    def program() -> None:
        vpc = Vpc("v", cidr_block="10.0.0.0/8")
        Subnet("s", vpc_id=vpc.id, cidr_block=3)  # type: ignore[arg-type]
        pulumi.CustomResource("aws:ec2/subnt:Subnet", "t", {})
        iam.Role("r", assume_role_policy="not JSON", max_session_duration=5)
        sqs.Queue("q", opts=pulumi.ResourceOptions(parent=Pair("p", delay_seconds=901)))

    with pytest.raises(DiagnosticError) as error:
        run(program)
    found = {(item.code.id, item.key) for item in error.value.diagnostics}
    assert found >= {
        ("SM4001", "cidrBlock"),
        ("SM3013", "cidrBlock"),
        ("SM3010", ""),
        ("SM4001", "assumeRolePolicy"),
        ("SM4001", "maxSessionDuration"),
        ("SM4001", "delaySeconds"),
    }
    text = Path(__file__).read_text().splitlines()
    for item in error.value.diagnostics:
        assert item.location.path == "tests/plan/test_evaluate.py"
        name = item.message.split("'")[1]
        assert f'"{name}' in text[item.location.line - 1] or name.startswith("p-")
    (delay,) = [item for item in error.value.diagnostics if item.key == "delaySeconds"]
    assert delay.set_by == ("test:index:Pair 'p'",)
    assert "InvalidAttributeValue" in delay.message
    assert delay.fix.startswith("change delaySeconds (rule aws-sqs-")


def test_a_preview_refuses_what_the_inputs_alone_show() -> None:
    assert ("SM4001", "cidrBlock") in [
        (code, key) for code, key, _ in refused(lambda: Vpc("v", cidr_block="10.0.0.0/8"), preview=True)
    ]


def test_a_message_never_shows_a_secret() -> None:
    def program() -> None:
        sqs.Queue("q", name=pulumi.Output.secret("not a queue name!"))

    text = "".join(message for _, _, message in refused(program))
    assert "not a queue name!" not in text
    assert "[secret]" in text or "InvalidParameterValue" in text


def test_two_resources_of_one_name_are_refused() -> None:
    def program() -> None:
        sqs.Queue("q")
        sqs.Queue("q")

    ((code, _, message),) = refused(program)
    assert code == "SM3002"
    assert message.startswith(f"{QUEUE} 'q': is registered twice, first at tests/plan/test_evaluate.py:")


def test_exceptions_of_the_program_are_reported_beside_refusals() -> None:
    def program() -> None:
        Vpc("v", cidr_block="10.0.0.0/8")
        raise RuntimeError("out of ideas with hush")

    found = refused(program, config={"shop:token": "hush"}, secret_keys=["shop:token"])
    assert ("SM3001", "", "RuntimeError: out of ideas with [secret]") in found
    assert len(found) == 2


def test_own_diagnostics_of_a_program_pass_through() -> None:
    with pytest.raises(DiagnosticError) as inner:
        run(lambda: Vpc("v", cidr_block="10.0.0.0/8"))

    def program() -> None:
        raise inner.value

    with pytest.raises(DiagnosticError) as outer:
        run(program)
    assert outer.value.diagnostics == inner.value.diagnostics


@pytest.mark.parametrize(("code", "ends"), [(0, True), (None, True), (3, False)])
def test_a_program_may_exit(code: int | None, ends: bool) -> None:
    def program() -> None:
        raise SystemExit(code)

    if ends:
        assert run(program).resources == ()
    else:
        assert refused(program) == [("SM3001", "", "SystemExit: 3")]


def test_a_function_that_finds_nothing_has_its_own_code() -> None:
    def program() -> None:
        pulumi.runtime.invoke("aws:ec2/getVpcc:getVpcc", {})

    ((code, _, message),) = refused(program)
    assert code == "SM4004"
    assert "is not a function of aws" in message


def test_a_stack_reference_reads_what_another_stack_exported() -> None:
    def consumer() -> None:
        other = pulumi.StackReference("organization/platform/prod")
        sqs.Queue("q", tags={"vpc": other.require_output("vpc")})
        pulumi.export("vpc", other.get_output("vpc"))

    cloud = Cloud()
    name = "organization/platform/prod"
    message = f"pulumi:pulumi:StackReference '{name}': {name} has no outputs here"
    assert ("SM4005", "", message) in refused(consumer)
    evaluate(lambda: pulumi.export("vpc", "vpc-1"), project="platform", stack="prod", cloud=cloud)
    plan = run(consumer, cloud=cloud)
    assert (plan.outputs, one(plan, "q").inputs["tags"]) == ({"vpc": "vpc-1"}, {"vpc": "vpc-1"})
    assert run(consumer, preview=True).outputs == {"vpc": UNKNOWN}


def test_reading_what_is_gone_is_refused() -> None:
    cloud = Cloud()
    made = run(lambda: Vpc("v", cidr_block="10.0.0.0/16"), cloud=cloud)
    run(lambda: None, cloud=cloud)
    ((code, _, message),) = refused(lambda: Vpc.get("v", one(made, "v").id), cloud=cloud)
    assert (code, message.endswith(f"there is none with the id {one(made, 'v').id}")) == ("SM4003", True)


# --- deployments


def deploy(cloud: Cloud, before: Plan | None = None, **inputs: Any) -> tuple[Plan, list[tuple[Kind, str]]]:
    def program() -> None:
        Pair("a", **inputs)

    seen = run(program, cloud=cloud, preview=True)
    done = run(program, cloud=cloud)
    changed = [(item.kind, item.name) for item in difference(before, done).changes]
    assert [(item.kind, item.name) for item in difference(before, seen).changes] == changed
    return done, changed


def test_a_deployment_updates_replaces_and_leaves_alone() -> None:
    cloud = Cloud()
    first, changed = deploy(cloud, delay_seconds=1)
    assert changed == [(Kind.CREATE, "a-dead"), (Kind.CREATE, "a-jobs"), (Kind.CREATE, "a")]
    second, changed = deploy(cloud, first, delay_seconds=1)
    assert changed == []
    assert second.to_json() == first.to_json()
    third, changed = deploy(cloud, second, delay_seconds=2)
    assert changed == [(Kind.UPDATE, "a-jobs")]
    assert one(third, "a-jobs").id == one(first, "a-jobs").id
    fourth, changed = deploy(cloud, third, delay_seconds=2, name="own")
    assert changed == [(Kind.REPLACE, "a-jobs"), (Kind.UPDATE, "a")] or changed == [(Kind.REPLACE, "a-jobs")]
    assert len(cloud.resources) == 2
    assert one(fourth, "a-jobs").id.endswith("/own")


def test_what_the_program_no_longer_has_is_deleted_in_order() -> None:
    def program() -> None:
        vpc = Vpc("a", cidr_block="10.0.0.0/16")
        Subnet("b", vpc_id=vpc.id, cidr_block="10.0.0.0/24")

    cloud = Cloud()
    run(program, cloud=cloud)
    run(lambda: None, cloud=cloud, preview=True)
    assert len(cloud.resources) == 2
    assert run(lambda: None, cloud=cloud).resources == ()
    assert cloud.resources == []


def test_what_is_still_in_use_is_not_deleted_and_nothing_changes() -> None:
    cloud = Cloud()
    made = run(lambda: Vpc("v", cidr_block="10.0.0.0/16"), cloud=cloud)
    other = lambda: Subnet("s", vpc_id=one(made, "v").id, cidr_block="10.0.0.0/24")  # noqa: E731
    evaluate(other, project="other", stack="dev", cloud=cloud)
    ((code, _, message),) = refused(lambda: sqs.Queue("q"), cloud=cloud)
    assert code == "SM4002"
    assert "DependencyViolation" in message
    assert sorted(item.name for item in cloud.resources) == ["s", "v"]


def test_protected_resources_stay() -> None:
    cloud = Cloud()
    protect = pulumi.ResourceOptions(protect=True)
    run(lambda: sqs.Queue("q", opts=protect), cloud=cloud)
    for preview in (True, False):
        ((code, _, message),) = refused(lambda: None, cloud=cloud, preview=preview)
        assert (code, message) == ("SM3020", f"{QUEUE} 'q': is protected and would be deleted")
    ((code, _, message),) = refused(lambda: sqs.Queue("q", name="own", opts=protect), cloud=cloud)
    assert (code, message) == ("SM3020", f"{QUEUE} 'q': is protected and would be replaced")
    run(lambda: sqs.Queue("q"), cloud=cloud)
    run(lambda: None, cloud=cloud)
    assert cloud.resources == []


def test_retained_resources_outlive_their_program() -> None:
    cloud = Cloud()
    run(lambda: sqs.Queue("q", name="own", opts=pulumi.ResourceOptions(retain_on_delete=True)), cloud=cloud)
    run(lambda: None, cloud=cloud)
    (left,) = cloud.resources
    assert left.urn == ""
    assert refused(lambda: sqs.Queue("other", name="own"), cloud=cloud)[0][0] == "SM4001"


def test_an_alias_keeps_a_resource() -> None:
    cloud = Cloud()
    before = run(lambda: sqs.Queue("old"), cloud=cloud)
    alias = pulumi.ResourceOptions(aliases=[pulumi.Alias(name="old")], ignore_changes=["name"])
    renamed = lambda: sqs.Queue("new", opts=alias)  # noqa: E731
    assert one(run(renamed, cloud=cloud, preview=True), "new").id == one(before, "old").id
    after = run(renamed, cloud=cloud)
    assert one(after, "new").id == one(before, "old").id
    assert [(item.kind, item.name) for item in difference(before, after).resources] == [(Kind.SAME, "new")]
    assert [item.name for item in cloud.resources] == ["new"]


def test_ignored_changes_stay_as_they_were() -> None:
    cloud = Cloud()
    opts = pulumi.ResourceOptions(ignore_changes=["delaySeconds", "tags"])
    run(lambda: sqs.Queue("q", delay_seconds=1, opts=opts), cloud=cloud)
    plan = run(
        lambda: sqs.Queue("q", delay_seconds=2, tags={"a": "b"}, fifo_queue=False, opts=opts), cloud=cloud
    )
    assert one(plan, "q").inputs["delaySeconds"] == 1
    assert "tags" not in one(plan, "q").inputs


def test_delete_before_replace_goes_first() -> None:
    cloud = Cloud()
    opts = pulumi.ResourceOptions(delete_before_replace=True)
    run(lambda: Vpc("v", cidr_block="10.0.0.0/16", opts=opts), cloud=cloud)
    plan = run(lambda: Vpc("v", cidr_block="10.1.0.0/16", opts=opts), cloud=cloud)
    assert [item.id for item in cloud.resources] == [one(plan, "v").id]


def test_imports_take_over_what_exists() -> None:
    cloud = Cloud()
    imported = lambda: Vpc(  # noqa: E731
        "v", cidr_block="10.0.0.0/16", opts=pulumi.ResourceOptions(import_="vpc-0123")
    )
    assert one(run(imported, cloud=cloud, preview=True), "v").id == "vpc-0123"
    assert one(run(imported, cloud=cloud), "v").id == "vpc-0123"
    assert one(run(imported, cloud=cloud), "v").id == "vpc-0123"
    assert [item.id for item in cloud.resources] == ["vpc-0123"]
    ((code, _, message),) = refused(imported, cloud=Cloud(strict=True))
    assert (code, "there is none with the id vpc-0123" in message) == ("SM4003", True)


# --- projects


def test_a_project_runs_in_its_own_folder(tmp_path: Path) -> None:
    for folder, name in ((tmp_path / "one", "first"), (tmp_path / "two", "second")):
        folder.mkdir()
        (folder / "Pulumi.yaml").write_text("name: tiny\nruntime: python\n")
        (folder / "helper.py").write_text(f'NAME = "{name}"\n')
        (folder / "__main__.py").write_text(
            "import sys\nfrom pathlib import Path\nfrom pulumi_aws import sqs\nimport pulumi\nfrom helper import NAME\n"
            "sqs.Queue(NAME)\npulumi.export('read', Path('helper.py').read_text())\n"
            "pulumi.export('argument', Path(sys.argv[0]).name)\n"
        )
        here = Path.cwd()
        plan = evaluate_project(folder, "dev", config={})
        assert Path.cwd() == here
        assert [item.name for item in plan.resources] == [name]
        assert plan.project == "tiny"
        assert plan.outputs == {"read": f'NAME = "{name}"\n', "argument": "__main__.py"}
        assert str(one(plan, name).source) == "SourceLine(path='__main__.py', line=6)"


def test_an_error_of_a_project_names_its_line(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: tiny\nruntime: python\n")
    (tmp_path / "__main__.py").write_text("import pulumi\n\npulumi.Config().require('size')\n")
    with pytest.raises(DiagnosticError) as error:
        evaluate_project(tmp_path, "dev", config={})
    (found,) = error.value.diagnostics
    assert (found.code.id, str(found.location)) == ("SM3001", "__main__.py:3")
    assert "tiny:size" in found.message


@pytest.mark.parametrize(
    ("files", "missing"),
    [
        ({}, "Pulumi.yaml with a name"),
        ({"Pulumi.yaml": "runtime: python\n", "__main__.py": ""}, "Pulumi.yaml with a name"),
        ({"Pulumi.yaml": ": [", "__main__.py": ""}, "Pulumi.yaml with a name"),
        ({"Pulumi.yaml": "name: tiny\n"}, "__main__.py"),
    ],
)
def test_a_folder_without_a_project(tmp_path: Path, files: dict[str, str], missing: str) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(DiagnosticError) as error:
        evaluate_project(tmp_path, "dev", config={})
    (found,) = error.value.diagnostics
    assert (found.code.id, found.message) == ("SM3030", f"{tmp_path.name} has no {missing}")


def test_a_program_with_its_own_copy_of_a_loaded_package(tmp_path: Path) -> None:
    """The copy is used by the program alone, and its findings are told as if they were this package's."""
    import skymason.diagnostics as ours

    package = tmp_path / "skymason"
    package.mkdir()
    (tmp_path / "Pulumi.yaml").write_text("name: copy\nruntime: python\n")
    (package / "__init__.py").write_text("")
    (package / "diagnostics.py").write_text(Path(str(ours.__file__)).read_text())
    (package / "late.py").write_text("value = 'the copy'\n")
    (tmp_path / "__main__.py").write_text(
        "from skymason import late\n"
        "assert late.value == 'the copy'\n"
        "import skymason.late as again\n"
        "assert again is late\n"
        "from skymason.diagnostics import Code, Diagnostic, DiagnosticError, Location\n"
        "new, old = Code('SM3999', 'Newer', 'x'), Code('SM3001', 'Older', 'x')\n"
        "place = Location('a.yaml', 3)\n"
        "raise DiagnosticError([Diagnostic(code, 'no', 'yes', place, 'k', ('default',)) for code in (new, old)])\n"
    )
    with pytest.raises(DiagnosticError) as raised:
        evaluate_project(tmp_path, "dev", config={})
    assert [item.as_text() for item in raised.value.diagnostics] == [
        "error SM3001 a.yaml:3 k\n  no\n  set by: default\n  fix: yes",
        "error SM3999 a.yaml:3 k\n  no\n  set by: default\n  fix: yes",
    ]
    titles = [item.code.title for item in raised.value.diagnostics]
    assert titles == ["The program stopped with an exception", "Newer"]
    assert sys.modules["skymason.diagnostics"] is ours
    assert "skymason.late" not in sys.modules
    assert importlib.import_module("skymason.diagnostics") is ours


@pytest.mark.slow
def test_a_stack_is_the_same_with_a_copy_of_everything(tmp_path: Path) -> None:
    """What evaluates a program imports its own modules, also those that it needs late (remote components)."""
    for name in ("skymason", "components", "services"):
        shutil.copytree(ROOT_FOLDER / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in (*ROOT_FOLDER.glob("*.yaml"), ROOT_FOLDER / "__main__.py"):
        shutil.copy(path, tmp_path)
    program = "from skymason.plan.evaluate import evaluate_project\nfrom pathlib import Path\nimport sys\n"
    program += "print(evaluate_project(Path(sys.argv[1]), 'dev').to_json())\n"
    said = [
        subprocess.run(
            [sys.executable, "-P", "-c", program, root], capture_output=True, text=True, check=True, cwd="/"
        ).stdout
        for root in (ROOT_FOLDER, tmp_path)
    ]
    plans = [Plan.from_json(text) for text in said]
    assert len(plans[0].resources) > 400
    assert UNKNOWN not in said[1]
    assert [item.inputs for item in plans[0].resources] == [item.inputs for item in plans[1].resources]

"""One set of tags on everything that can carry them: AWS and Azure resources, Kubernetes objects and pods.

A stack transformation sees each resource before it is registered, so no component has to think of tags. What
it does with a class is decided once, from the class's own signature, and never by importing other classes.
Children of remote components are out of its reach: `eks.Cluster` is given tags, and hands them on itself.
"""

import copy
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from inspect import isawaitable
from typing import Any, get_args, get_origin
from weakref import WeakKeyDictionary

import pulumi

TAG_KEYS = ("project-name", "environment", "managed-by", "owner", "cost-centre", "data-classification")
"""What every taggable resource carries. A tag of one of these names on a resource itself never wins."""

_OF_SERVICE = {
    "owner": "owner",
    "cost_center": "cost-centre",
    "data_classification": "data-classification",
}
_STACK_WIDE = ("project-name", "environment", "managed-by")

Edit = Callable[[dict[str, Any], Mapping[str, str]], None]
"""Changes a resource's properties (a copy of them) so that they carry the tags."""

_narrowed: WeakKeyDictionary[pulumi.Resource, dict[str, str]] = WeakKeyDictionary()


def register_tags(tags: Mapping[str, str]) -> None:
    """Put `tags` on every resource that is made from now on in this stack.

    tags: plain text, normally one for each of TAG_KEYS. Call it before the first resource, and inside a
    program: it raises where there is no stack. Other tags of a resource stay; those of the same name lose.
    A change updates resources in place, but for launch templates (their nodes are replaced, new ones first)
    and Kubernetes Jobs (their pod template cannot change, so they run again).
    """
    mandatory = dict(tags)

    def transform(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        edit = _edit_of(type(args.resource), args.type_)
        if edit is None:
            return None
        props = dict(args.props)
        edit(props, {**mandatory, **_narrowed.get(args.resource, {})})
        return pulumi.ResourceTransformationResult(props, args.opts)

    pulumi.runtime.register_stack_transformation(transform)


def narrowed(tags: Mapping[str, str]) -> pulumi.ResourceTransformation:
    """For `ResourceOptions.transformations` of a component: inside it, `tags` stand in for the stack's.

    So the resources of a service name the service's owner instead of the platform's. The innermost
    component wins. Project, environment and `managed-by` are the stack's everywhere.
    """
    own = {key: value for key, value in tags.items() if key not in _STACK_WIDE}

    def transform(args: pulumi.ResourceTransformationArgs) -> None:
        # A resource's own transformations run before those of the components around it.
        _narrowed[args.resource] = {**own, **_narrowed.get(args.resource, {})}

    return transform


def of_service(service: Mapping[str, Any]) -> pulumi.ResourceTransformation:
    """`narrowed` to the owner, cost centre and classification of a service (`ServiceIdentityArgs`).

    For the component of a service: `ResourceOptions.merge(opts, ResourceOptions(transformations=[…]))`.
    """
    return narrowed({tag: str(service[key]) for key, tag in _OF_SERVICE.items() if service.get(key)})


@cache
def _edit_of(cls: type, token: str) -> Edit | None:
    """How resources of a class are tagged; None for those that cannot be."""
    if token in _SPECIAL:
        return _SPECIAL[token]
    package = token.partition(":")[0]
    parameters = getattr(getattr(cls, "_internal_init", None), "__annotations__", {})
    if package in ("aws", "azure-native", "eks"):
        return _tag_map if _takes_text_map(parameters.get("tags")) else None
    # Patches change objects that somebody else owns, lists have no labels, and releases no metadata.
    if package == "kubernetes" and "ObjectMetaArgs'" in str(parameters.get("metadata")):
        return _labels
    return None


def _takes_text_map(annotation: Any) -> bool:
    """Whether a parameter's type has a mapping of strings among its alternatives."""
    inner = get_args(annotation)
    origin = get_origin(annotation)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return inner[1] is str or str in get_args(inner[1])
    return any(_takes_text_map(item) for item in inner)


def _over(tags: Mapping[str, str]) -> Callable[[Any], Any]:
    """Puts `tags` over a map of tags, known or not."""
    return lambda value: _known(value, lambda given: {**(given or {}), **tags})


def _known(value: Any, edit: Callable[[Any], Any]) -> Any:
    """`edit` of a value, at once where it is plain and later where it is an output."""
    later = isinstance(value, pulumi.Output) or isawaitable(value)
    return pulumi.Output.from_input(value).apply(edit) if later else edit(value)


def _camel(name: str) -> str:
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), name)


def _get(item: Any, name: str) -> Any:
    """A property of a dictionary in either spelling, or of an args object."""
    if isinstance(item, Mapping):
        return item.get(name, item.get(_camel(name)))
    return pulumi.get(item, name)


def _at(value: Any, path: Sequence[str], edit: Callable[[Any], Any]) -> Any:
    """`value` with `edit` applied to what stands at `path` inside it; the rest is shared, not changed.

    Metadata and what is in it are made where they are missing; templates are not.
    """
    if not path:
        return edit(value)
    name, rest = path[0], path[1:]

    def inside(item: Any) -> Any:
        if item is None:
            return {name: _at(None, rest, edit)}
        found = _get(item, name)
        if found is None and name in _OPTIONAL:
            return item
        if isinstance(item, Mapping):
            key = _camel(name) if _camel(name) in item else name
            return {**item, key: _at(found, rest, edit)}
        changed = copy.copy(item)
        pulumi.set(changed, name, _at(found, rest, edit))
        return changed

    return _known(value, inside)


def _tag_map(props: dict[str, Any], tags: Mapping[str, str]) -> None:
    props["tags"] = _over(tags)(props.get("tags"))


def _scaling_group(props: dict[str, Any], tags: Mapping[str, str]) -> None:
    """`aws.autoscaling.Group` takes a list; each entry says whether instances inherit it."""
    ours = [{"key": key, "value": value, "propagate_at_launch": True} for key, value in tags.items()]

    def edit(given: Any) -> list[Any]:
        return [*(item for item in given or () if _get(item, "key") not in tags), *ours]

    props["tags"] = _known(props.get("tags"), edit)


def _launch_template(props: dict[str, Any], tags: Mapping[str, str]) -> None:
    """A launch template has tags of its own, and others for what is launched from it."""
    _tag_map(props, tags)

    def edit(given: Any) -> list[Any]:
        items = list(given or ())
        kinds = [_get(item, "resource_type") for item in items]
        missing = [kind for kind in _LAUNCHED if kind not in kinds]
        return [
            *(_at(item, ("tags",), _over(tags)) for item in items),
            *({"resource_type": kind, "tags": dict(tags)} for kind in missing),
        ]

    props["tag_specifications"] = _known(props.get("tag_specifications"), edit)


def _eks_addon(props: dict[str, Any], tags: Mapping[str, str]) -> None:
    """`eks.Addon` takes a list of maps, and merges them."""
    props["tags"] = _known(props.get("tags"), lambda given: [*(given or ()), dict(tags)])


def _labels(props: dict[str, Any], tags: Mapping[str, str]) -> None:
    labels = {key: label_value(value) for key, value in tags.items()}
    props["metadata"] = _at(props.get("metadata"), ("labels",), _over(labels))


def _pod_labels(props: dict[str, Any], tags: Mapping[str, str]) -> None:
    """Objects that make pods also say what labels the pods get."""
    _labels(props, tags)
    labels = {key: label_value(value) for key, value in tags.items()}
    for path in _TEMPLATES:
        props["spec"] = _at(props.get("spec"), (*path, "metadata", "labels"), _over(labels))


def label_value(text: str) -> str:
    """`text` in the syntax of a label's value: at most 63 letters, digits, `-`, `_` and `.`, with a letter or
    digit at both ends. What does not fit becomes a dash."""
    return re.sub(r"[^A-Za-z0-9_.-]", "-", text).lstrip("-_.")[:63].rstrip("-_.")


_LAUNCHED = ("instance", "volume", "network-interface")
_OPTIONAL = ("template", "job_template", "spec")
_TEMPLATES = (("template",), ("job_template",), ("job_template", "spec", "template"))
"""Where a spec holds the metadata of what is made from it: pods, a schedule's jobs, and their pods."""

_SPECIAL: dict[str, Edit] = {
    "aws:autoscaling/group:Group": _scaling_group,
    "aws:ec2/launchTemplate:LaunchTemplate": _launch_template,
    "eks:index:Addon": _eks_addon,
    "eks:index:VpcCniAddon": _eks_addon,
    **{
        f"kubernetes:{kind}": _pod_labels
        for kind in (
            *("apps/v1:Deployment", "apps/v1:StatefulSet", "apps/v1:DaemonSet", "apps/v1:ReplicaSet"),
            *("batch/v1:Job", "batch/v1:CronJob"),
        )
    },
}
"""Types whose tags are not one plain map."""

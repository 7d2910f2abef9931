"""The offline cloud: what a provider does with a resource, on plain values with the provider's own names.

One set of operations serves the provider protocol, evaluations in this process, and unit tests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from skymason.offline import computed, contract, functions, rules
from skymason.offline.answers import Checked, Difference, Reason, Refused
from skymason.offline.facts import facts, replacements
from skymason.offline.faults import Faults, InjectedFault
from skymason.offline.ledger import Ledger, logical
from skymason.offline.naming import keeps_name, name_inputs
from skymason.offline.view import ResourceIndex, StoredResource
from skymason.offline.words import Place
from skymason.plan.model import UNKNOWN
from skymason.plan.paths import changes, covers, hidden_by

ACCOUNT = "123456789012"
REGION = "eu-central-1"
NO_CONFIG: Mapping[str, Any] = {}
_GROUP = "azure-native:resources:ResourceGroup"
_AZURE_REGION = "westeurope"


class Cloud(Ledger):
    """One account with everything in it, of all providers at once.

    path: folder to keep it in; None keeps it in memory. account, region: where it is, unless a provider's
    configuration says otherwise. strict: nothing exists outside of the store, so that every reference must be
    found in it. faults: left out, those that the environment or the folder asks for.
    Threads take `lock` around an operation.
    """

    def __init__(
        self,
        path: Path | None = None,
        *,
        account: str = ACCOUNT,
        region: str = REGION,
        strict: bool = False,
        faults: Faults | None = None,
    ) -> None:
        super().__init__(path, account, region, strict=strict)
        self.faults = faults or Faults.of(path)

    def place(self, inputs: Mapping[str, Any] = NO_CONFIG, config: Mapping[str, Any] = NO_CONFIG) -> Place:
        """Where a resource is: its own region, else its provider's, else the cloud's."""
        region = inputs.get("region") or config.get("region") or self.region
        accounts = config.get("allowedAccountIds")
        account = accounts[0] if isinstance(accounts, list) and accounts else self.account
        return Place(str(account), self.region if region == UNKNOWN else str(region), config)

    def check(
        self,
        urn: str,
        type: str,
        inputs: Mapping[str, Any],
        *,
        old: Mapping[str, Any] | None = None,
        config: Mapping[str, Any] = NO_CONFIG,
    ) -> Checked:
        """Inputs as the provider will use them.

        old: those of the last deployment, None for a new resource. config: that of the resource's provider.
        """
        problems = contract.problems(type, inputs)
        if any(problem.kind == "token" for problem in problems) or type.startswith("pulumi:"):
            return Checked(dict(inputs), tuple(problems))
        result = dict(inputs)
        for key in contract.documents(type):
            if key in result:
                result[key] = contract.as_document(result[key])
        for key, value in facts(type).defaults.items():
            if result.get(key) is None:
                result[key] = value
        self.catch_up()
        if type.startswith("azure-native:"):
            self._locate(type, result, config)
        name_inputs(type, logical(urn), result, old, self.seed(urn), problems)
        return Checked(result, tuple(problems))

    def refusals(self, urn: str, type: str, inputs: Mapping[str, Any], *, id: str = "") -> list[Reason]:
        """What the cloud's rules say against the inputs alone, whatever else exists. id: '' for a new one."""
        empty = ResourceIndex(account=self.account, region=self.region)
        subject = StoredResource(urn, type, logical(urn), id, inputs, inputs)
        return _reasons(rules.violations("update" if id else "create", subject, empty))

    def diff(
        self,
        type: str,
        old: Mapping[str, Any],
        new: Mapping[str, Any],
        *,
        ignore: Sequence[str] = (),
        replace_on: Sequence[str] = (),
        name: str = "",
        config: Mapping[str, Any] = NO_CONFIG,
    ) -> Difference:
        """What changes between two versions of checked inputs.

        name: the resource's logical name. config: that of its provider.
        """
        found = tuple(item for item in changes(old, new) if not hidden_by(item.path, ignore))
        patterns = (*replacements(type, new, config), *replace_on) if found else ()
        replaces = tuple(
            item.path for item in found if any(covers(pattern, item.path) for pattern in patterns)
        )
        first = bool(replaces) and (facts(type).delete_first or keeps_name(type, name, old, new))
        return Difference(found, replaces, first)

    def create(
        self,
        urn: str,
        type: str,
        inputs: Mapping[str, Any],
        *,
        config: Mapping[str, Any] = NO_CONFIG,
        preview: bool = False,
    ) -> StoredResource:
        """The resource with its id and all its outputs; in a preview these are unknown, and nothing is kept.

        Raises Refused where the cloud would not make it.
        """
        name = logical(urn)
        place = self.place(inputs, config)
        if preview:
            outputs = computed.outputs(type, name, "", inputs, place, "")
            return StoredResource(urn, type, name, "", inputs, outputs)
        self._strike("create", type, name)
        self.catch_up()
        seed = self.seed(urn)
        id = computed.identify(type, name, inputs, place, seed)
        outputs = computed.outputs(type, name, id, inputs, place, seed)
        candidate = StoredResource(urn, type, name, "", inputs, outputs)
        self._judge("create", candidate)
        resource = replace(candidate, id=id)
        self.bear(resource)
        return resource

    def imagine(
        self, urn: str, type: str, inputs: Mapping[str, Any], *, config: Mapping[str, Any] = NO_CONFIG
    ) -> StoredResource:
        """What `create` would make if the cloud did not refuse it. Nothing is kept."""
        name, place = logical(urn), self.place(inputs, config)
        try:
            id = computed.identify(type, name, inputs, place, urn)
            outputs = computed.outputs(type, name, id, inputs, place, urn)
        except (TypeError, ValueError, AttributeError):  # inputs of a wrong type reached a template
            id, outputs = "", dict(inputs)
        return StoredResource(urn, type, name, id, inputs, outputs)

    def read(
        self,
        urn: str,
        type: str,
        id: str,
        state: Mapping[str, Any] = NO_CONFIG,
        *,
        managed: bool = False,
        config: Mapping[str, Any] = NO_CONFIG,
    ) -> StoredResource | None:
        """The resource with an id, as it is now, or None where there is none.

        managed: the asker has it in its state, so it must be in the store. Otherwise something that was never
        made here is taken to exist elsewhere, with the properties in `state`, unless the cloud is strict.
        """
        name = logical(urn)
        self._strike("read", type, name)
        self.catch_up()
        # Some ids are shared, as in the real cloud (scaling targets, validations): its own comes first.
        if (own := self.find(urn, id)) is not None:
            return own
        for found in self.index.by_property(type, "id", id):
            return found
        if managed or self.strict or self.index.made(type, id):
            return None
        outputs = computed.outputs(type, name, id, state, self.place(state, config), f"{type}::{id}")
        return StoredResource(urn, type, name, id, state, outputs)

    def update(
        self,
        old: StoredResource,
        inputs: Mapping[str, Any],
        *,
        config: Mapping[str, Any] = NO_CONFIG,
        preview: bool = False,
    ) -> StoredResource:
        """The resource with new inputs; what the cloud computed before stays. Raises Refused."""
        place, seed = self.place(inputs, config), self.seed(old.urn, again=True)
        fresh = computed.outputs(old.type, old.name, old.id, inputs, place, seed)
        kept = {
            key: value
            for key, value in old.outputs.items()
            if key in fresh and key not in inputs and key not in old.inputs and key != "tagsAll"
        }
        resource = replace(old, inputs=dict(inputs), outputs={**fresh, **kept})
        if not preview:
            self._strike("update", old.type, old.name)
            self._judge("update", resource)
            self.keep(resource)
        return resource

    def delete(self, resource: StoredResource) -> None:
        """Remove a resource. Raises Refused while something still uses it; one that is gone is gone."""
        self._strike("delete", resource.type, resource.name)
        if self.find(resource.urn, resource.id) is not None:
            self._judge("delete", resource)
            self.remove(resource)

    def invoke(
        self, token: str, args: Mapping[str, Any], *, config: Mapping[str, Any] = NO_CONFIG
    ) -> dict[str, Any]:
        """The answer of a provider's function. Raises Refused for one that is not known, or finds nothing."""
        self.catch_up()
        self._strike("invoke", token, "")
        try:
            return functions.call(token, args, self.index, self.place(args, config))
        except functions.NoAnswer as error:
            raise Refused([Reason(error.code, error.message)]) from error

    def _strike(self, operation: str, type: str, name: str) -> None:
        try:
            self.faults.strike(operation, type, name)
        except InjectedFault as fault:
            raise Refused([Reason(fault.code, fault.message)]) from fault

    def _judge(self, operation: rules.Operation, resource: StoredResource) -> None:
        reasons = _reasons(rules.violations(operation, resource, self.index))
        if reasons:
            raise Refused(reasons)

    def _locate(self, type: str, inputs: dict[str, Any], config: Mapping[str, Any]) -> None:
        """Azure: a resource without a location lies where its resource group does."""
        shape = contract.inputs_of(type)
        if shape is None or "location" not in shape.properties or inputs.get("location") is not None:
            return
        inputs["location"] = config.get("location") or _AZURE_REGION
        for group in self.index.by_property(_GROUP, "resourceGroupName", inputs.get("resourceGroupName")):
            inputs["location"] = group.inputs.get("location")


def _reasons(violations: Sequence[rules.Violation]) -> list[Reason]:
    return [Reason(item.code, item.message, item.property, item.rule_id) for item in violations]

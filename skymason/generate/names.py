"""Whether a service can have a name, and if not, which one it could have."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from skymason.diagnostics import Code, Diagnostic, Location
from skymason.generate import codes
from skymason.generate.limits import limits_for, tightest
from skymason.generate.request import APPS, ServiceRequest
from skymason.generate.reserved import reserved
from skymason.generate.resolving import COMMAND
from skymason.generate.surroundings import Surroundings
from skymason.patterns.checks.platform import PLATFORM_NAMESPACES, RESERVED_PREFIX

_KINDS = {"background_worker": "worker", "event_processor": "events"}
"""Pattern → the word that tells a service of it from others of its name; 'api' for all others."""

WORKFLOWS = ".github/workflows"


@dataclass(frozen=True, slots=True)
class Naming:
    """Judges names for one kind of service in one project.

    own_folder: whether the service folder has the name, too.
    """

    pattern: str
    cloud: str
    language: str
    around: Surroundings
    own_folder: bool = True

    @classmethod
    def of(cls, request: ServiceRequest, around: Surroundings) -> Naming:
        return cls(request.pattern, request.cloud, request.language, around, not request.directory)

    def findings(self, name: str) -> list[Diagnostic]:
        """Everything that keeps a service from having this name, with one that it could have."""
        wrong = list(self.problems(name))
        if not wrong:
            return []
        fix = f"name it '{self.suggested(name)}'"
        return [Diagnostic(code, text, fix, Location(COMMAND), name) for code, text in wrong]

    def problems(self, name: str) -> Iterator[tuple[Code, str]]:
        """Each with its code; none for a name that a service of the project has in its own spec."""
        known = self._known(name)
        limits = limits_for(self.cloud, self.pattern, self.language)
        for limit in limits:
            if not limit.is_formed(known):
                yield codes.BAD_NAME, f"'{limit.full(known)}' cannot be {limit.what}: {limit.words}"
                return
        limit = tightest(limits, known)
        if len(name) > limit.room(known):
            full = len(limit.full(known)) + limit.suffix
            ending = f" and the engine's suffix have {full}" if limit.suffix else f" has {full}"
            text = f"'{limit.full(known)}'{ending} characters; {limit.what} has at most {limit.longest}"
            yield codes.BAD_NAME, f"{text}, which leaves {limit.room(known)} for the service"
        if name in PLATFORM_NAMESPACES or name.startswith(RESERVED_PREFIX):
            yield codes.RESERVED_NAME, f"'{name}' is a namespace of the cluster or the platform"
        why = reserved(self.pattern, self.language).get(name)
        if why:
            yield codes.RESERVED_NAME, f"'{name}' {why}"
        if not (self.around.root / f"services/{name}.yaml").exists():
            yield from ((codes.TAKEN_NAME, text) for text in self._clashes(name))

    def suggested(self, name: str) -> str:
        """A name near to this one that has no problem, and that nothing in the project has."""
        stem = slug(name).removeprefix(RESERVED_PREFIX) or self.pattern.replace("_", "-")
        kind = _KINDS.get(self.pattern, "api")
        room = tightest(limits_for(self.cloud, self.pattern, self.language), self._known("")).room(
            self._known("")
        )
        first = (stem, stem if stem.endswith(f"-{kind}") else f"{stem}-{kind}")
        numbered = (f"{_cut(stem, room - len(str(number)) - 1)}-{number}" for number in count(2))
        for candidate in (*(_cut(one, room) for one in first), *(_with(stem, kind, room),)):
            if self._is_free(candidate):
                return candidate
        return next(candidate for candidate in numbered if self._is_free(candidate))

    def _is_free(self, name: str) -> bool:
        return name not in self.around.services and next(self.problems(name), None) is None

    def _clashes(self, name: str) -> Iterator[str]:
        around = self.around
        if name in around.services:
            yield f"'{name}' is the service in {around.services[name].path}"
        if name in around.resources:
            yield f"'{name}' is a resource ({around.resources[name]}) that services use"
        for item in around.engine.library.provides(self.pattern):
            own = item.resource.replace("{service}", name)
            if self.cloud in item.kind and (own in around.services or own in around.resources):
                yield f"'{own}', which it would bring along, is there already"
        folder = around.root / APPS / name
        if self.own_folder and folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
            yield f"{APPS}/{name} is there already, and no service's"
        for place in (f"{WORKFLOWS}/{name}.yml", f"services/{name}.yml"):
            if (around.root / place).exists():
                yield f"{place} is there already"

    def _known(self, name: str) -> dict[str, str]:
        environment = max(self.around.environments, key=len)
        domains = [
            item.aws.domain.name for item in self.around.settings.values() if item.aws and item.aws.domain
        ]
        return {
            "name": name,
            "package": name.replace("-", "_"),
            "prefix": f"{self.around.project}-{environment}",
            "domain": max(domains, key=len, default=""),
        }


def slug(text: str) -> str:
    """The letters and digits of a name, as words between dashes, a letter first; `3d_x` is `x-3d`."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", plain).lower())
    ordered = sorted(words, key=lambda word: word[0].isdigit())
    return "-".join(ordered).lstrip("-0123456789")


def _cut(name: str, room: int) -> str:
    """As many whole words as fit, or as much of the first one."""
    if len(name) <= room:
        return name
    head, dash, _ = name[: room + 1].rpartition("-")
    return (head if dash else name[:room]).rstrip("-")


def _with(stem: str, kind: str, room: int) -> str:
    return f"{_cut(stem, room - len(kind) - 1)}-{kind}"

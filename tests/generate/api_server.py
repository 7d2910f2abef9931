"""As much of a Kubernetes API server as Helm needs for a release: objects that are kept, and a list of what was done.

Jobs have ended as soon as they are made. Patches are merged as maps, which is enough for metadata.
"""

import base64
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlparse

RESOURCES = {
    "v1": {
        "namespaces": "Namespace",
        "serviceaccounts": "ServiceAccount",
        "configmaps": "ConfigMap",
        "secrets": "Secret",
        "services": "Service",
        "pods": "Pod",
    },
    "apps/v1": {"deployments": "Deployment"},
    "batch/v1": {"jobs": "Job", "cronjobs": "CronJob"},
    "networking.k8s.io/v1": {"networkpolicies": "NetworkPolicy"},
    "policy/v1": {"poddisruptionbudgets": "PodDisruptionBudget"},
    "keda.sh/v1alpha1": {"scaledobjects": "ScaledObject", "triggerauthentications": "TriggerAuthentication"},
    "elbv2.k8s.aws/v1beta1": {"targetgroupbindings": "TargetGroupBinding"},
}
VERBS = ["create", "delete", "get", "list", "patch", "update", "watch"]
PATH = re.compile(
    r"^/(?:api|apis)/(?P<version>v1|[\w.]+/\w+)(?:/namespaces/(?P<namespace>[\w.-]+))?/(?P<resource>[a-z]+)"
    r"(?:/(?P<name>[\w.-]+))?$"
)
PROTOBUF = b"k8s\0"
"""What bodies in Kubernetes' binary form begin with: Helm sends its releases so, as secrets."""
COMPLETE = {"conditions": [{"type": "Complete", "status": "True"}], "succeeded": 1}
FAILED = {"conditions": [{"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded"}], "failed": 1}

Object = dict[str, Any]


class Cluster:
    """objects: (kind, namespace, name) → object. done: what was asked for and done, in order, releases left
    out: (verb, kind, name). failing: what the names of Jobs that fail begin with."""

    def __init__(self, *objects: Object) -> None:
        self.address = ""
        self.objects: dict[tuple[str, str, str], Object] = {}
        self.done: list[tuple[str, str, str]] = []
        self.failing = "-"
        for item in objects:
            self._put(item)

    def names(self, kind: str, namespace: str) -> list[str]:
        """Names of the objects of a kind."""
        return sorted(name for of, where, name in self.objects if (of, where) == (kind, namespace))

    def kubeconfig(self) -> Object:
        """How Helm reaches it."""
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "test",
            "clusters": [{"name": "test", "cluster": {"server": self.address}}],
            "users": [{"name": "test", "user": {}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
        }

    def answer(self, method: str, target: str, body: Object) -> tuple[int, Object]:
        """Status and body of the answer to one request."""
        url = urlparse(target)
        if url.path in (discovery := _discovery()):
            return 200, discovery[url.path]
        if "sendInitialEvents" in url.query:
            # The client then lists, and watches after that.
            return 400, {**_missing(), "reason": "BadRequest", "code": 400}
        found = PATH.match(url.path)
        kind = RESOURCES[found["version"]].get(found["resource"], "") if found else ""
        if not found or not kind:
            return 404, _missing()
        place = (kind, found["namespace"] or "", found["name"] or "")
        if kind == "Namespace":
            place = (kind, "", found["name"] or "")
        if method == "POST":
            return self._create(kind, place[1], body)
        if not place[2]:
            items = [
                item for (of, where, _), item in self.objects.items() if of == kind and where == place[1]
            ]
            chosen = [item for item in items if _selected(item, parse_qs(url.query))]
            return 200, {
                "kind": f"{kind}List",
                "apiVersion": found["version"],
                "metadata": {},
                "items": chosen,
            }
        if place not in self.objects:
            return 404, _missing()
        if method == "DELETE":
            self._note("delete", place)
            return 200, self.objects.pop(place)
        if method in ("PUT", "PATCH"):
            self._note("update", place)
            changed = body if method == "PUT" else _merged(self.objects[place], body)
            changed["metadata"].setdefault("namespace", place[1])
            self.objects[place] = changed
        return 200, self.objects[place]

    def _create(self, kind: str, namespace: str, body: Object) -> tuple[int, Object]:
        body["metadata"].setdefault("namespace", namespace)
        place = (kind, "" if kind == "Namespace" else namespace, body["metadata"]["name"])
        if place in self.objects:
            return 409, {**_missing(), "reason": "AlreadyExists", "message": f"{place} exists", "code": 409}
        self._note("create", place)
        self._put(body)
        return 201, body

    def _put(self, item: Object) -> None:
        if item["kind"] == "Job":
            item["status"] = FAILED if item["metadata"]["name"].startswith(self.failing) else COMPLETE
        namespace = "" if item["kind"] == "Namespace" else item["metadata"]["namespace"]
        self.objects[item["kind"], namespace, item["metadata"]["name"]] = item

    def _note(self, verb: str, place: tuple[str, str, str]) -> None:
        if place[0] != "Secret":
            self.done.append((verb, place[0], place[2]))


@contextmanager
def cluster(*objects: Object) -> Iterator[Cluster]:
    """A cluster with these objects, at an address of this machine."""
    made = Cluster(*objects)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            given = self.rfile.read(length)
            body: Object = {}
            if self.command in ("POST", "PUT", "PATCH"):
                body = _secret(given) if given.startswith(PROTOBUF) else json.loads(given)
            status, answer = made.answer(self.command, self.path, body)
            watched = status == 200 and "watch=" in self.path
            # An OpenAPI document without definitions: nothing is checked by it.
            sent = b"" if self.path.startswith("/openapi/v2") else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            if watched:  # nothing happens any more: until the client has seen enough
                self.close_connection = True
                self.end_headers()
                self.wfile.flush()
                self.connection.recv(1)
                return
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 - names of the base class

        def log_message(self, format: str, *args: Any) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    made.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()


def _discovery() -> dict[str, Object]:
    groups = [version for version in RESOURCES if "/" in version]
    lists = {
        f"/{'apis' if '/' in version else 'api'}/{version}": {
            "kind": "APIResourceList",
            "groupVersion": version,
            "resources": [
                {
                    "name": name,
                    "singularName": kind.lower(),
                    "kind": kind,
                    "namespaced": kind != "Namespace",
                    "verbs": VERBS,
                }
                for name, kind in resources.items()
            ],
        }
        for version, resources in RESOURCES.items()
    }
    known = [
        {
            "name": version.partition("/")[0],
            "versions": [{"groupVersion": version, "version": version.partition("/")[2]}],
            "preferredVersion": {"groupVersion": version, "version": version.partition("/")[2]},
        }
        for version in groups
    ]
    return {
        "/version": {"major": "1", "minor": "35", "gitVersion": "v1.35.0"},
        "/api": {"kind": "APIVersions", "versions": ["v1"]},
        "/openapi/v2": {},
        "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": known},
        **lists,
    }


def _secret(body: bytes) -> Object:
    """A secret in binary form (k8s.io/api/core/v1/generated.proto), as far as releases use it."""
    secret = dict(_fields(dict(_fields(body[len(PROTOBUF) :]))[2]))
    entries = [value for number, value in _fields(dict(_fields(body[len(PROTOBUF) :]))[2]) if number == 2]
    metadata = [*_fields(secret[1])]
    labels = [dict(_fields(value)) for number, value in metadata if number == 11]
    known = dict(metadata)
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": known[1].decode(),
            "labels": {label[1].decode(): label[2].decode() for label in labels},
        },
        "data": {
            entry[1].decode(): base64.b64encode(entry[2]).decode()
            for entry in map(dict, map(_fields, entries))
        },
        "type": secret[3].decode(),
    }


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """Number and content of the fields of a message that have a length; numbers among them are left out."""
    at = 0

    def number() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at, value, shift = at + 1, value | (byte & 127) << shift, shift + 7
            if byte < 128:
                return value

    while at < len(message):
        tag = number()
        if tag & 7 == 2:
            length = number()
            yield tag >> 3, message[at : at + length]
            at += length
        else:
            number()


def _missing() -> Object:
    return {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}


def _selected(item: Object, query: dict[str, list[str]]) -> bool:
    wanted = [part for value in query.get("labelSelector", []) for part in value.split(",")]
    labels = item["metadata"].get("labels", {})
    named = [value.partition("=")[2] for value in query.get("fieldSelector", [])]
    return all(
        labels.get(part.partition("=")[0]) == part.rpartition("=")[2] for part in wanted if "=" in part
    ) and (not named or item["metadata"]["name"] in named)


def _merged(item: Any, patch: Any) -> Any:
    if not isinstance(item, dict) or not isinstance(patch, dict):
        return patch
    found = dict(item)
    for key, value in patch.items():
        if value is None:
            found.pop(key, None)
        elif not key.startswith("$"):
            found[key] = _merged(item.get(key), value)
    return found

"""Servers of the provider protocol, on loopback ports of their own, over one cloud."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from skymason.diagnostics import Diagnostic, DiagnosticError, Location
from skymason.offline import codes
from skymason.offline.cloud import Cloud
from skymason.offline.server import NO_LIMIT, Provider

LOOPBACK = "127.0.0.1"


class Servers:
    """Servers for several packages over one cloud, on loopback ports of their own."""

    def __init__(self, cloud: Cloud, packages: Sequence[str]) -> None:
        self.cloud = cloud
        self.ports: dict[str, int] = {}
        self._servers: list[grpc.Server] = []
        # Construct waits for the engine, which waits for other calls: these must find a thread.
        self._threads = ThreadPoolExecutor(max_workers=256, thread_name_prefix="offline")
        for package in packages:
            server = grpc.server(self._threads, options=NO_LIMIT)
            provider_pb2_grpc.add_ResourceProviderServicer_to_server(Provider(package, cloud), server)
            port = server.add_insecure_port(f"{LOOPBACK}:0")
            if port == 0:
                raise DiagnosticError(
                    [
                        Diagnostic(
                            codes.NO_SERVER,
                            f"no port of {LOOPBACK} could be opened for {package}",
                            "allow programs to listen on loopback",
                            Location("."),
                        )
                    ]
                )
            self.ports[package] = port
            self._servers.append(server)

    def start(self) -> None:
        for server in self._servers:
            server.start()

    def stop(self) -> None:
        stopped: list[threading.Event] = [server.stop(grace=None) for server in self._servers]
        for event in stopped:
            event.wait(timeout=5)
        self._threads.shutdown(wait=False)

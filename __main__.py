"""The stack's program: settings, services, platform, services on it, outputs."""

import gc

gc.set_threshold(50_000, 20, 50)  # the default walks every object again and again: decision 0006

from dataclasses import asdict  # noqa: E402
from importlib import import_module  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import pulumi  # noqa: E402

from components.kubernetes.unbuilt import first_deployment  # noqa: E402
from components.tags import of_service, register_tags  # noqa: E402
from skymason.diagnostics import DiagnosticError, has_errors  # noqa: E402
from skymason.patterns.engine import InfrastructurePatternEngine  # noqa: E402
from skymason.settings import load_settings, source_of  # noqa: E402


def deploy(root: Path) -> None:
    """Resolve every service of the stack, then make the platform and the services on it."""
    project, stack = pulumi.get_project(), pulumi.get_stack()
    config = pulumi.runtime.config.CONFIG.get()
    settings = load_settings(config, project, stack, source_of(root, stack))
    engine = InfrastructurePatternEngine.load(root)
    specs = engine.load_services(root / "services")
    resolution = engine.resolve(specs, settings.environment, settings.cloud, settings)
    if has_errors(resolution.diagnostics):
        raise DiagnosticError(resolution.diagnostics)

    register_tags(settings.tags)
    # Only the stack's own cloud is imported: each provider costs a second.
    cloud = import_module(f"components.{settings.cloud}.stack")
    images = {service.config["image"]["repository"] for service in resolution.services}
    platform = cloud.build_platform(settings, sorted(images))
    for name, value in cloud.outputs(platform).items():
        pulumi.export(name, value)
    provided: dict[str, Any] = {}
    for service in resolution.services:  # each after those whose resources it uses
        made = engine.apply(
            service,
            platform.reference,
            settings=settings,
            callers=resolution.callers,
            provided=provided,
            opts=pulumi.ResourceOptions(
                providers=[platform.kubernetes],
                transformations=[
                    of_service(asdict(service.identity)),
                    *first_deployment(service.config["image"]),
                ],
            ),
        )
        provided |= getattr(made, "provides", {})
        pulumi.export(service.name, {"urls": made.urls, "role_arn": made.role_arn})


try:
    deploy(Path(__file__).parent)
except DiagnosticError as error:
    raise pulumi.RunError(str(error)) from error

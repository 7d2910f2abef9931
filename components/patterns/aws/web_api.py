"""`web_api` on AWS: an HTTP service on EKS behind load balancers of its own."""

import pulumi
from pulumi import ResourceOptions

from components.patterns.aws.http_service import HttpService
from components.patterns.aws.web_api_args import WebApiArgs
from components.patterns.defaults import with_defaults
from components.patterns.escape import Escape


class WebApi(pulumi.ComponentResource):
    """An HTTP service: namespace, replicas, role, load balancers, certificate, firewall, scaling and alarms.

    Keys that are left out come from infrastructure-patterns.yaml. Resources inside are named
    `<name>-<short name>`; `escape` sets their properties by short name. What containers write to their output
    is kept in a log group of the service's own, where the platform collects it.
    """

    urls: pulumi.Output[list[str]]
    """One for each host; of the load balancers, where there is no host name."""
    load_balancer_dns_names: pulumi.Output[dict[str, str]]
    """By place: public, internal."""
    target_group_arns: pulumi.Output[dict[str, str]]
    """By place and port: `public-http`."""
    role_arn: pulumi.Output[str]
    namespace: pulumi.Output[str]
    firewall_log_group: pulumi.Output[str]
    """Empty where there is no firewall."""

    def __init__(self, name: str, args: WebApiArgs, opts: ResourceOptions | None = None) -> None:
        escape = Escape(name, args.get("escape") or {})
        super().__init__("skymason:patterns:AwsWebApi", name, None, escape.within(opts))
        complete = with_defaults("web_api", "aws", args)
        service = HttpService(self, name, complete)
        role = service.run(args.get("bindings") or [])
        if complete["alarms"]["enabled"]:
            service.watch()
        escape.check()

        outputs = service.outputs(role)
        for output, value in outputs.items():
            setattr(self, output, value)
        self.register_outputs(outputs)

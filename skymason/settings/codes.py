"""Codes of everything that can be wrong with a project's settings."""

from __future__ import annotations

from skymason.diagnostics import define

UNKNOWN_KEY = define("SM1001", "Unknown setting", "A misspelt key would change nothing, in silence.")
WRONG_TYPE = define("SM1002", "Setting has the wrong type", "A guess at what was meant may be wrong.")
MISSING_KEY = define(
    "SM1003", "Required setting is missing", "It has no default that is right for everybody."
)
NOT_ALLOWED = define("SM1004", "Value is not one of those allowed", "Nothing is defined for other values.")
OUT_OF_BOUNDS = define(
    "SM1005", "Value is out of bounds", "The cloud or the program cannot work beyond them."
)
MALFORMED = define("SM1006", "Value is malformed", "The cloud refuses names and ids that break its syntax.")
FOREIGN_STACK = define(
    "SM1007",
    "Environment does not belong to the stack",
    "A file copied for a new stack must not go on naming the environment it was copied from.",
)
SECRET_SETTING = define(
    "SM1008",
    "Setting is encrypted",
    "Settings hold no secrets: services read them from the secret store when they run.",
)
BAD_CONFIG = define(
    "SM1009", "Stack or project file has the wrong shape", "Pulumi reads these files too and fails on them."
)
NO_PROVIDER = define(
    "SM1011", "Cloud is chosen but not set up", "A cloud needs its region and its own section of settings."
)
UNKNOWN_REGION = define("SM1012", "Unknown region", "A region that does not exist fails at the first call.")
NO_SUCH_STACK = define(
    "SM1013",
    "There is no such stack",
    "A stack is one file Pulumi.<stack>.yaml; its name is the part between.",
)
SHARED_ENVIRONMENT = define(
    "SM1014",
    "Two stacks hold one environment",
    "Names are made of project and environment, so two stacks in one account and region would clash.",
)
FOREIGN_ACCOUNT = define(
    "SM1015",
    "Account is not among those that the provider may use",
    "The provider refuses to work in it, or works in another one than was meant.",
)

BAD_CIDR = define("SM1101", "Not an address range", "Ranges are written as `10.0.0.0/16`.")
HOST_BITS = define(
    "SM1102",
    "Range does not start at its network address",
    "Clouds round it down in silence or refuse it; either way it is not what was written.",
)
PUBLIC_RANGE = define(
    "SM1103",
    "Network range is not private",
    "Public addresses inside a network make their real owners unreachable.",
)
NETWORK_SIZE = define(
    "SM1104",
    "Network range has the wrong size",
    "Below /20 the subnets of three zones run out of pod addresses; AWS takes nothing above /16.",
)
RESERVED_RANGE = define(
    "SM1105",
    "Network range collides with one in use on every node",
    "The container bridge (172.17.0.0/16) shadows the addresses of the network.",
)
TOO_MANY_ZONES = define(
    "SM1106", "Region has fewer zones", "A subnet needs a zone; a region offers only so many."
)
NO_WAY_OUT = define(
    "SM1107",
    "Private nodes have no way out",
    "Nodes without NAT cannot pull images or reach the services that have no endpoint in the network.",
)
PARTIAL_NETWORK = define(
    "SM1108",
    "Existing network is given in part",
    "Subnets belong to one network: an existing one needs its id and subnets for every tier and zone.",
)
OVERLAPPING_NETWORKS = define(
    "SM1109",
    "Networks of two stacks overlap",
    "Networks that overlap can never be peered or routed to each other.",
)
SINGLE_NAT = define(
    "SM1110",
    "One NAT gateway serves all zones",
    "When its zone fails, every zone loses its way out.",
)

BAD_ARN = define("SM1201", "Not an ARN", "`arn:<partition>:<service>:<region>:<account>:<resource>`.")
WRONG_SERVICE = define(
    "SM1202", "ARN is of another kind of resource", "Permissions are derived from the kind."
)
WRONG_PARTITION = define(
    "SM1203", "ARN is of another partition", "Partitions (aws, aws-cn, aws-us-gov) cannot reach each other."
)
WRONG_REGION = define(
    "SM1204", "ARN is of another region", "A service looks for it in the region that it runs in."
)
WRONG_ACCOUNT = define(
    "SM1205",
    "ARN is of another account",
    "Some ids work in their own account only; others need a policy on the far side that we cannot write.",
)

UNSUPPORTED_VERSION = define(
    "SM1301",
    "Kubernetes version is not supported",
    "EKS must still offer it, and add-ons of the right versions must be pinned for it.",
)
AGEING_VERSION = define(
    "SM1302",
    "Kubernetes version leaves standard support",
    "Extended support costs six times as much an hour, and ends with a forced upgrade.",
)
REPEATED_NAME = define("SM1304", "Name is used twice", "Names become resource names, which are unique.")
MIN_ABOVE_MAX = define("SM1305", "Minimum is above maximum", "No number of nodes satisfies both.")
UNKNOWN_INSTANCE = define("SM1306", "Unknown instance type", "The node group would never get a node.")
MIXED_POOL = define(
    "SM1307",
    "Instance types of a pool differ in size or architecture",
    "The autoscaler plans with one size a pool; an image runs on one architecture.",
)
NARROW_SPOT = define(
    "SM1308", "Spot pool has one instance type", "One reclaim of one type takes all nodes at once."
)
OPEN_ENDPOINT = define(
    "SM1309", "Cluster endpoint is open to the world", "Anybody can try credentials and exploits on it."
)
UNUSED_CIDRS = define(
    "SM1310", "Allowed ranges have no effect", "A private endpoint is reached through the network alone."
)
NO_BASE_NODES = define(
    "SM1311", "No pool keeps a node", "The autoscaler itself runs on nodes: from none it cannot start any."
)
SPOT_ONLY = define(
    "SM1312", "All nodes are interruptible", "DNS, autoscaler and controllers need nodes that stay."
)
NO_ADMIN = define(
    "SM1313",
    "Nobody can administer the cluster",
    "Who creates it gets no access on the quiet: every administrator is listed, the deploying role too.",
)
BAD_RETENTION = define(
    "SM1314", "Log retention is not one that CloudWatch takes", "It accepts a fixed list of days."
)
EXISTING_CLUSTER = define(
    "SM1315", "Settings of a cluster that exists", "They would change nothing: the cluster is not ours."
)
NODE_TOO_SMALL = define(
    "SM1316",
    "Instance type is too small for a node",
    "It has fewer pod addresses than the daemons of a node need.",
)
PRIVATE_CALLERS = define(
    "SM1317", "Allowed range is private", "EKS refuses it: a public endpoint sees public addresses only."
)

BAD_CERTIFICATE = define(
    "SM1401",
    "Certificate is out of reach",
    "A load balancer takes certificates of its own region and account.",
)
BAD_EMAIL = define("SM1501", "Not an e-mail address", "The alarm would reach nobody.")
NO_RECIPIENT = define(
    "SM1502", "Alarms reach nobody", "Outside dev a failure that nobody hears of lasts until a user calls."
)
REPEATED_RESOURCE = define(
    "SM1601", "One resource under two names", "Services that mean the same thing should name it alike."
)
MISSING_FIELD = define(
    "SM1602",
    "Existing resource is described in part",
    "Services could not find it, or not sign in: its kind needs more than an ARN.",
)
STRANGE_FIELD = define(
    "SM1603", "Key that the kind of resource does not have", "It would change nothing, in silence."
)
UNPROTECTED = define(
    "SM1701", "Environment is not protected", "One wrong command can delete its network, keys and cluster."
)

"""Codes of what keeps a new service from being made. SM5002, wrong usage, is that of all commands."""

from skymason.diagnostics import define

BAD_NAME = define(
    "SM5041",
    "Name breaks a limit",
    "The name becomes that of a namespace, roles, images and packages; each has rules of its own, and a "
    "service that is renamed later is replaced.",
)
RESERVED_NAME = define(
    "SM5042",
    "Name is reserved",
    "It means something else to a tool that will read it, which would find out at the worst moment.",
)
TAKEN_NAME = define(
    "SM5043", "Name is taken", "Services, resources, folders and files are found by their names."
)
BAD_FOLDER = define(
    "SM5044",
    "Folder of the service cannot be there",
    "A service folder lies inside the project, on its own, and holds nothing else.",
)
FILES_DIFFER = define(
    "SM5045",
    "Files are there already, and differ",
    "What somebody has changed is never overwritten; the difference shows what would be new.",
)
NOT_WRITTEN = define(
    "SM5046", "Files could not be written", "A service is written as a whole or not at all; nothing is left."
)
NO_PATTERNS = define(
    "SM5047",
    "Project has no patterns",
    "Services are made in a project whose infrastructure-patterns.yaml says what each pattern is.",
)
BAD_OWNER = define(
    "SM5048", "Owner cannot be written everywhere", "It goes into tags, labels and YAML files as it is."
)

"""The codes of `sm` itself: a command line that cannot be understood, or names what is not there."""

from skymason.diagnostics import define

UNKNOWN_COMMAND = define(
    "SM5001",
    "Unknown command",
    "The first word after `sm` names a command; a word that names none is most often misspelt.",
)
WRONG_USAGE = define(
    "SM5002",
    "Wrong usage",
    "An option or argument that is unknown, missing or of the wrong kind; running on a guess would do harm.",
)
NO_PROJECT = define(
    "SM5003",
    "No project here",
    "A command works on the project around the current folder: the nearest folder with a Pulumi.yaml.",
)
NO_FOLDER = define("SM5004", "No such folder", "The folder given by --cwd has to exist and be readable.")
UNKNOWN_STACK = define(
    "SM5005",
    "Unknown stack",
    "A stack is one file Pulumi.<stack>.yaml next to Pulumi.yaml; without it there are no settings.",
)
NOT_A_PLAN = define(
    "SM5006",
    "Not a plan",
    "A comparison needs a plan as `sm plan` keeps it, or the JSON of `pulumi preview` or `stack export`.",
)
NO_SUCH_PROGRAM = define(
    "SM5007", "Command to run not found", "`sm offline` runs a program that must be on the PATH or a path."
)
NOTHING_DEPLOYED = define(
    "SM5008", "Nothing deployed", "Outputs are written by a deployment; before the first one there are none."
)
STALE_FILES = define(
    "SM5009",
    "Generated files out of date",
    "Files that are generated from the code are committed, so that editors and readers need not run it.",
)
UNKNOWN_SERVICE = define(
    "SM5010",
    "Unknown service",
    "The stack that is looked at has no pattern component of this name, now or before.",
)
NOT_WRITTEN = define(
    "SM5011",
    "Completion script not written",
    "A shell reads the script from one folder, which could not be written to.",
)

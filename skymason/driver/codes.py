"""The codes of deployments: what the engine, the program or the stack's state says no to."""

from skymason.diagnostics import define

FAILED = define(
    "SM4101",
    "The engine stopped",
    "An operation on a resource failed, or the engine refused to go on. What was done until then is kept in "
    "the state, and the next run goes on from there.",
)
PROGRAM = define(
    "SM4102",
    "The program failed",
    "The Pulumi program raised an error before or while registering resources.",
)
LOCKED = define(
    "SM4103",
    "Another update holds the stack",
    "Two updates of one stack at once would overwrite each other's state, so the backend locks it.",
)
NO_STACK = define(
    "SM4104",
    "The stack does not exist in its backend",
    "Creating a stack chooses who encrypts its secrets, so it is done once, on purpose.",
)
INTERRUPTED = define(
    "SM4105",
    "Interrupted",
    "Ctrl-C lets operations in flight finish; the state then holds all that is done.",
)
NEEDS_CLI = define(
    "SM4106",
    "A Pulumi CLI is needed",
    "Evaluation in process stands in for the engine with the offline cloud only, never with a real one.",
)
UNREADABLE_STATE = define(
    "SM4107", "Kept state cannot be read", "A file under .skymason was cut short or changed by hand."
)
STALE_LOCK = define(
    "SM4108",
    "A stale lock was removed",
    "An update that was killed could not give its lock back; its process is gone, so nobody holds it.",
)
PENDING = define(
    "SM4109",
    "Operations were pending",
    "A killed update leaves operations of which nobody knows whether they were done; a refresh finds out.",
)
CHANGES = define(
    "SM4110",
    "Changes where none were expected",
    "A run that must change nothing (--expect-no-changes) does.",
)
UNPROTECTED = define(
    "SM4111",
    "Protection was lifted in the offline cloud",
    "A real cloud refuses to delete what is protected from deletion; the offline cloud holds nothing dear.",
)
NO_GIT = define(
    "SM4121",
    "Git is needed",
    "Files as they were at another revision are read from the project's git history.",
)
NO_REPOSITORY = define(
    "SM4122",
    "Not a git repository",
    "A comparison with another revision needs the project's history; a folder without it has none.",
)
UNKNOWN_REVISION = define(
    "SM4123",
    "Unknown revision",
    "Neither a file nor a branch, tag or commit; a shallow clone holds the newest commit only.",
)
INVALID_REVISION = define(
    "SM4124",
    "The project at the other revision cannot be evaluated",
    "What would change can only be told from a revision whose own program runs to its end.",
)
UNKNOWN_RESOURCE = define(
    "SM4125",
    "Unknown resource",
    "A resource of the state is named by its name in the program, its id or its URN.",
)
SAME_VARIABLE = define(
    "SM4126",
    "Two outputs of one name",
    "Names of variables know neither case nor dots nor dashes, so two outputs may end up with the same one.",
)
NO_BACKEND = define(
    "SM4127",
    "Not logged in to a backend",
    "The state of a real stack is kept in a backend, which has to be chosen before anything is deployed.",
)
NO_CREDENTIALS = define(
    "SM4128",
    "No credentials of the cloud",
    "A real deployment acts with your own credentials; without any it would fail at its first resource.",
)
NO_PASSPHRASE = define(
    "SM4129",
    "No passphrase for the stack's secrets",
    "Secrets of a stack that names no key service are encrypted with a passphrase, which the engine needs.",
)
UNEXPECTED = define(
    "SM4900",
    "Unexpected error",
    "A defect of Skymason: every foreseen error has a code, a cause and a fix of its own.",
)

"""Codes of what is wrong with the form of a spec or of the patterns' file.

Codes of checks stand beside the checks.
"""

from __future__ import annotations

from skymason.diagnostics import define

UNKNOWN_PATTERN = define(
    "SM2001", "Unknown pattern", "Defaults, checks and resources all come from the pattern."
)
UNKNOWN_KEY = define("SM2002", "Unknown key", "A misspelt key would change nothing, in silence.")
MISSING_KEY = define("SM2003", "Required key is missing", "It has no default that is right for everybody.")
WRONG_TYPE = define("SM2004", "Value has the wrong type", "A guess at what was meant may be wrong.")
OUT_OF_BOUNDS = define(
    "SM2005", "Value is out of bounds", "The cloud cannot work, or work well, beyond them."
)
MALFORMED = define("SM2006", "Value is malformed", "The cloud refuses what breaks its syntax.")
NOT_ALLOWED = define("SM2007", "Value is not one of those allowed", "Nothing is defined for other values.")
DELETED_KEY = define(
    "SM2008", "Required key is deleted", "`null` takes a value away, and this one has to be there."
)
LOCKED_KEY = define(
    "SM2009", "Locked key is changed", "Some protections hold for every service, without exception."
)
DUPLICATE_SERVICE = define(
    "SM2010", "Two services of one name", "The name is the namespace and part of every physical name."
)
UNKNOWN_ENVIRONMENT = define(
    "SM2011", "Unknown environment", "Values for an environment that does not exist are never used."
)
NO_CLOUD = define(
    "SM2012", "No cloud, or more than one", "Resources have to be made somewhere, and only there."
)
OTHER_CLOUD = define(
    "SM2013", "Service is left out of this stack", "A stack deploys the services of its own cloud."
)
BAD_CATALOGUE = define(
    "SM2014",
    "Patterns' file contradicts itself",
    "A lock or condition on a key that does not exist never acts.",
)
UNKNOWN_SERVICE = define(
    "SM2015", "Unknown service", "Only services with a spec can be explained or deployed."
)
NO_COMPONENT = define(
    "SM2016", "Pattern has no component on this cloud", "Without one there is nothing to deploy."
)
CLOUD_DETECTED = define(
    "SM2017",
    "Cloud follows from credentials",
    "Neither the spec nor the stack names one; on a machine with other credentials it would be another.",
)
CONFLICT = define(
    "SM2110", "Keys that exclude each other", "The pattern names combinations that cannot work."
)

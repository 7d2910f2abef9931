"""Exit codes of `sm`, and what each one means."""

FINE, FINDINGS, USAGE, DIFFERENT, INTERRUPTED = 0, 1, 2, 3, 130

MEANING = {
    FINE: "done; warnings may have been printed",
    FINDINGS: "something is wrong with the project or the run; each finding has a code, a cause and a fix",
    USAGE: "the command line cannot be understood, or a question was answered with no",
    DIFFERENT: "what was compared differs: `sm drift` found drift, or `sm plan` what `--fail-on` names",
    INTERRUPTED: "stopped by Ctrl-C; the state holds everything that was done until then",
}

"""The completion script of each shell, and where the shell looks for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Shell(StrEnum):
    """A shell that can complete command lines of `sm`."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"
    POWERSHELL = "powershell"


BASH = r"""# Completion of sm for bash; made by `sm completion bash`.
_sm_completion() {
    local line typed="${COMP_LINE:0:COMP_POINT}"
    COMPREPLY=()
    while IFS='' read -r line; do
        COMPREPLY+=("$line")
    done < <(SM_COMPLETE=bash SM_LINE="$typed" SM_BREAKS="$COMP_WORDBREAKS" "$1" 2>/dev/null)
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[:=] ]]; then
        compopt -o nospace 2>/dev/null
    fi
}
complete -o default -o nosort -F _sm_completion sm 2>/dev/null || complete -o default -F _sm_completion sm
"""

ZSH = r"""#compdef sm
# Completion of sm for zsh; made by `sm completion zsh`.
_sm() {
    local line value typed="${(pj:\n:)words[1,CURRENT]}"
    local -a whole unfinished
    for line in "${(@f)$(SM_COMPLETE=zsh SM_WORDS="$typed" "${words[1]}" 2>/dev/null)}"; do
        [[ -n "$line" ]] || continue
        value="${line%%$'\t'*}"
        [[ "$line" == *$'\t'* ]] && line="${value//:/\\:}:${line#*$'\t'}" || line="${value//:/\\:}"
        if [[ "$value" == *[:=] ]]; then
            unfinished+=("$line")
        else
            whole+=("$line")
        fi
    done
    if (( ! ${#whole} && ! ${#unfinished} )); then
        _files
        return
    fi
    (( ${#whole} )) && _describe -V 'sm' whole
    (( ${#unfinished} )) && _describe -V 'sm' unfinished -S ''
}
if [[ "${funcstack[1]}" == "_sm" ]]; then
    _sm "$@"
else
    compdef _sm sm
fi
"""

FISH = r"""# Completion of sm for fish; made by `sm completion fish`.
function __sm_complete
    set -l before (commandline -opc)
    set -lx SM_COMPLETE fish
    set -lx SM_WORDS (string join \n -- $before | string collect)
    set -lx SM_WORD (commandline -ct)
    set -l found ($before[1] 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\n' $found
    else
        __fish_complete_path (commandline -ct)
    end
end
complete --command sm --no-files --keep-order --arguments '(__sm_complete)'
"""

POWERSHELL = r"""# Completion of sm for PowerShell; made by `sm completion powershell`.
Register-ArgumentCompleter -Native -CommandName sm -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $end = $cursorPosition - $commandAst.Extent.StartOffset
    $env:SM_COMPLETE = 'powershell'
    $env:SM_LINE = $commandAst.ToString().PadRight($end).Substring(0, $end)
    try {
        & $commandAst.CommandElements[0].Value 2>$null | ForEach-Object {
            $value, $meaning = $_ -split "`t", 2
            if (-not $meaning) { $meaning = $value }
            [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $meaning)
        }
    } finally {
        Remove-Item Env:SM_COMPLETE, Env:SM_LINE -ErrorAction SilentlyContinue
    }
}
"""

SCRIPTS: Mapping[Shell, str] = {
    Shell.BASH: BASH,
    Shell.ZSH: ZSH,
    Shell.FISH: FISH,
    Shell.POWERSHELL: POWERSHELL,
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a script is kept. hint: what a shell needs beside it, in words; no start-up file is changed."""

    file: Path
    hint: str


def place_of(shell: Shell, environ: Mapping[str, str], home: Path) -> Place:
    """Sources: bash-completion's README, 'FAQ: where should I put it'; zsh manual, 'Completion system'; fish
    documentation, 'Where to put completions'; PowerShell documentation, 'about_Profiles'."""
    if shell is Shell.BASH:
        data = Path(environ.get("XDG_DATA_HOME") or home / ".local/share")
        base = Path(environ.get("BASH_COMPLETION_USER_DIR") or data / "bash-completion")
        file = base / "completions/sm"
        return Place(file, f"without the package bash-completion, add to ~/.bashrc: source '{file}'")
    if shell is Shell.ZSH:
        file = Path(environ.get("ZDOTDIR") or home) / ".zfunc/_sm"
        line = f"fpath+=('{file.parent}'); autoload -Uz compinit; compinit"
        return Place(file, f"add to .zshrc, if it is not there: {line}")
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    if shell is Shell.FISH:
        return Place(config / "fish/completions/sm.fish", "fish finds it by itself")
    file = config / "powershell/sm.ps1"
    return Place(file, f"add to $PROFILE: . '{file}'")

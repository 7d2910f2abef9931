"""Questions on a terminal, on stderr: stdout is for results."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence

from skymason.diagnostics import nearest


class NoAnswerError(Exception):
    """The input ended before a question was answered."""


def may_ask() -> bool:
    """Whether somebody is there: a terminal, and no build server."""
    return sys.stdin is not None and sys.stdin.isatty() and not os.environ.get("CI")


def ask(question: str, default: str = "", wrong: Callable[[str], str] = lambda answer: "") -> str:
    """One line of text. wrong: what is wrong with an answer, '' for nothing. Raises NoAnswerError."""
    shown = f"{question} [{default}]: " if default else f"{question}: "
    while True:
        print(shown, end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        if not line:
            print(file=sys.stderr)
            raise NoAnswerError
        answer = line.strip() or default
        problem = wrong(answer) if answer else "an answer is needed"
        if not problem:
            return answer
        print(f"  {problem}", file=sys.stderr)


def choose(question: str, choices: Mapping[str, str], default: str = "") -> str:
    """One of several; choices: word → what it means. A number counts from 1."""
    width = max(map(len, choices))
    words = list(choices)
    for number, (word, meaning) in enumerate(choices.items(), 1):
        print(f"  {number}  {word:<{width}}  {meaning}".rstrip(), file=sys.stderr)
    answer = ask(question, default, lambda word: _no_choice(word, words))
    return words[int(answer) - 1] if answer.isdecimal() else answer


def confirm(question: str) -> bool:
    """Yes unless somebody says otherwise."""
    return ask(f"{question} (yes, no)", "yes").lower() in ("y", "yes")


def _no_choice(answer: str, words: Sequence[str]) -> str:
    if answer in words or (answer.isdecimal() and 1 <= int(answer) <= len(words)):
        return ""
    near = nearest(answer, words)
    return f"did you mean '{near}'?" if near else f"one of: {', '.join(words)}"

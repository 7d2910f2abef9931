"""Asks the running service whether it is alive: the container's HEALTHCHECK, which needs no other program."""

import os
import sys
import urllib.error
import urllib.request

TIMEOUT_SECONDS = 2


def main() -> int:
    """0 where the process on PORT answers that it lives, else 1."""
    url = f"http://127.0.0.1:{os.environ.get('PORT', '8080')}/livez"
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as answer:
            return 0 if answer.status == 200 else 1
    except (urllib.error.URLError, TimeoutError) as error:
        print(f"{url}: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())

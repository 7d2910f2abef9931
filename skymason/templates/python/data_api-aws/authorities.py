"""Writes the certificates that databases are checked against: those of RDS and the public ones, in one file.

Run while the image is built: `python authorities.py FILE`.
"""

import sys
import urllib.request
from pathlib import Path

import certifi

RDS = "https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem"
"""What certificates of RDS's instances descend from; those of RDS Proxy descend from public authorities.
Source: Amazon RDS User Guide, "Using SSL/TLS to encrypt a connection to a DB instance"."""


def main(file: Path) -> None:
    with urllib.request.urlopen(RDS, timeout=30) as answer:
        rds = answer.read().decode()
    file.write_text(Path(certifi.where()).read_text(encoding="utf-8") + "\n" + rds, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

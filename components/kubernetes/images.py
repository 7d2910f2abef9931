"""Images of others that run beside services, by digest. The tag is for people; the digest decides."""

AWS_CLI = (
    "public.ecr.aws/aws-cli/aws-cli:2.31.30"
    "@sha256:6c9314d8dd18bcfd11c509e00ea39016c4fb978e42e86df1e4dfd17038b10b78"
)
"""Fetches secrets, tokens and certificates for a container that cannot do so itself."""
PSQL = (
    "docker.io/library/postgres:17-alpine"
    "@sha256:742f40ea20b9ff2ff31db5458d127452988a2164df9e17441e191f3b72252193"
)
"""Client of PostgreSQL; one of a newer version speaks to older servers too."""
PGBOUNCER = (
    "ghcr.io/cloudnative-pg/pgbouncer:1.25.2"
    "@sha256:15c9765980546b8660ff105c06ad6ef9d2001fb9c5b31400021a1952cbe49930"
)
TIMESCALEDB = {
    17: (
        "docker.io/timescale/timescaledb:2.30.0-pg17"
        "@sha256:3113d12b78392c064aa7475caf7a52b447b29ddd4f9bfd23526733fcb03e3459"
    ),
}
"""Major version of PostgreSQL → the server with TimescaleDB."""

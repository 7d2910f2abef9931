
cd /memory
umask 077
until [ -s users.txt ]; do sleep 1; done
cat > pgbouncer.ini <<INI
[databases]
$POOL_DATABASE = host=$POOL_HOST port=$POOL_PORT

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = 6432
unix_socket_dir =
auth_type = trust
auth_file = /memory/users.txt
pool_mode = {{ .Values.pool.mode }}
default_pool_size = {{ .Values.pool.size }}
max_db_connections = {{ .Values.pool.size }}
max_client_conn = 1000
max_prepared_statements = 200
query_wait_timeout = 30
server_tls_sslmode = verify-full
server_tls_ca_file = /memory/authorities.pem
ignore_startup_parameters = options,extra_float_digits
log_connections = 0
log_disconnections = 0
INI
pgbouncer pgbouncer.ini & pool="$!"
# It lets its clients finish: they are gone by then, for the service's own container has stopped before.
trap 'kill -TERM "$pool"' TERM INT
seen="$(cksum users.txt)"
while kill -0 "$pool" 2>/dev/null; do
  sleep 5 & wait "$!" || true
  now="$(cksum users.txt)"
  # PgBouncer reads its users again only when it is told to.
  if [ "$now" != "$seen" ]; then kill -HUP "$pool"; seen="$now"; fi
done
wait "$pool"


cd /memory
umask 077
trap 'exit 0' TERM INT
curl -fsS --retry 5 --tlsv1.2 "$TRUSTSTORE_URL" -o authorities.pem
while true; do
  : > users.new
  for user in $POOL_USERS; do
    token="$(aws rds generate-db-auth-token --hostname "$POOL_HOST" --port "$POOL_PORT" --username "$user")"
    printf '"%s" "%s"\n' "$user" "$token" >> users.new
  done
  mv users.new users.txt
  sleep 600 & wait "$!"
done

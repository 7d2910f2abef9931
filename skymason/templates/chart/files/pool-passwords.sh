
cd /memory
umask 077
trap 'exit 0' TERM INT
printf '%s\n' "$POOL_AUTHORITIES" > authorities.pem
while true; do
  password="$(aws secretsmanager get-secret-value --secret-id "$POOL_SECRET_ARN" \
    --query SecretString --output text)"
  for user in $POOL_USERS; do printf '"%s" "%s"\n' "$user" "$password"; done > users.new
  cmp -s users.new users.txt || mv users.new users.txt
  sleep 30 & wait "$!"
done


aws secretsmanager get-secret-value --secret-id "$DATABASE_MASTER_SECRET_ARN" \
  --query SecretString --output text > /memory/master.json
curl -fsS --retry 5 --tlsv1.2 "$TRUSTSTORE_URL" -o /memory/authorities.pem


PGUSER="$(sed -E 's/.*"username" *: *"(([^"\\]|\\.)*)".*/\1/; s/\\(["\\\/])/\1/g' /memory/master.json)"
PGPASSWORD="$(sed -E 's/.*"password" *: *"(([^"\\]|\\.)*)".*/\1/; s/\\(["\\\/])/\1/g' /memory/master.json)"
PGHOST="$DATABASE_HOST" PGPORT="$DATABASE_PORT" PGDATABASE="$DATABASE_DATABASE"
PGSSLMODE=verify-full PGSSLROOTCERT=/memory/authorities.pem PGCONNECT_TIMEOUT=10
export PGUSER PGPASSWORD PGHOST PGPORT PGDATABASE PGSSLMODE PGSSLROOTCERT PGCONNECT_TIMEOUT
psql --no-psqlrc --set ON_ERROR_STOP=1 <<'SQL'
{{- range list "app_owner\" NOLOGIN" "app_read\" LOGIN" "app_readwrite\" LOGIN" "app_migrate\" LOGIN" }}
DO $$ BEGIN CREATE ROLE "{{ . }}; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
{{- end }}
GRANT rds_iam TO "app_read", "app_readwrite", "app_migrate";
GRANT app_owner TO CURRENT_USER;
GRANT app_owner TO "app_migrate";
ALTER ROLE "app_migrate" SET role TO 'app_owner';
REVOKE ALL ON DATABASE :"DBNAME" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"DBNAME" TO "app_read", "app_readwrite", "app_migrate";
GRANT CREATE, TEMPORARY ON DATABASE :"DBNAME" TO app_owner;
GRANT TEMPORARY ON DATABASE :"DBNAME" TO "app_readwrite";
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO app_owner;
GRANT USAGE ON SCHEMA public TO "app_read", "app_readwrite";
ALTER DEFAULT PRIVILEGES FOR ROLE app_owner IN SCHEMA public GRANT SELECT ON TABLES TO "app_read";
ALTER DEFAULT PRIVILEGES FOR ROLE app_owner IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO "app_readwrite";
ALTER DEFAULT PRIVILEGES FOR ROLE app_owner IN SCHEMA public GRANT SELECT ON SEQUENCES TO "app_read";
ALTER DEFAULT PRIVILEGES FOR ROLE app_owner IN SCHEMA public GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO "app_readwrite";
ALTER DEFAULT PRIVILEGES FOR ROLE app_owner IN SCHEMA public GRANT EXECUTE ON ROUTINES TO "app_readwrite";
{{- range .Values.database.setup.extensions }}
CREATE EXTENSION IF NOT EXISTS "{{ . }}" CASCADE;
{{- end }}
SQL

{{/* A container that runs a shell script, with a folder in memory to hand things over in. Arguments: name, image, text,
settings (name → value), resources. */}}
{{- define "script" -}}
- name: {{ .name }}
  image: {{ .image }}
  command:
    - /bin/sh
    - -ec
    - {{ .text | quote }}
  env:
    {{- range $key, $value := merge (dict "HOME" "/memory") .settings }}
    - name: {{ $key }}
      value: {{ $value | quote }}
    {{- end }}
  resources: {{- toYaml .resources | nindent 4 }}
  securityContext: {{- include "security.container" (dict "user" 65534 "read_only" true) | nindent 4 }}
  volumeMounts:
    - name: memory
      mountPath: /memory
{{- end }}

{{- define "memory" -}}
- name: memory
  emptyDir:
    medium: Memory
    sizeLimit: 16Mi
{{- end }}

{{- define "image.aws" -}}
public.ecr.aws/aws-cli/aws-cli:2.31.30@sha256:6c9314d8dd18bcfd11c509e00ea39016c4fb978e42e86df1e4dfd17038b10b78
{{- end }}
{{- define "image.psql" -}}
docker.io/library/postgres:17-alpine@sha256:742f40ea20b9ff2ff31db5458d127452988a2164df9e17441e191f3b72252193
{{- end }}
{{- define "image.pgbouncer" -}}
ghcr.io/cloudnative-pg/pgbouncer:1.25.2@sha256:15c9765980546b8660ff105c06ad6ef9d2001fb9c5b31400021a1952cbe49930
{{- end }}

{{/* PgBouncer, and what signs it in: they start before the service's own container and stop after it. */}}
{{- define "pool" -}}
{{- with .Values.pool }}
{{- $settings := dict
  "POOL_HOST" (required "cloud.database.host: the database itself" $.Values.cloud.database.host)
  "POOL_PORT" ($.Values.database.port | toString)
  "POOL_DATABASE" $.Values.database.name
  "POOL_USERS" (join " " .users)
  "AWS_REGION" $.Values.cloud.region }}
{{- if .secret }}
{{- $_ := set $settings "POOL_SECRET_ARN" $.Values.cloud.settings.DATABASE_SECRET_ARN }}
{{- $_ := set $settings "POOL_AUTHORITIES" $.Values.cloud.settings.DATABASE_AUTHORITIES }}
{{- else }}
{{- $_ := set $settings "TRUSTSTORE_URL" $.Values.database.truststore_url }}
{{- end }}
{{- $sign_in := ternary "files/pool-passwords.sh" "files/pool-tokens.sh" .secret }}
{{- $small := dict "requests" (dict "cpu" "10m" "memory" "64Mi") "limits" (dict "cpu" "500m" "memory" "256Mi") }}
{{- $own := dict "requests" (dict "cpu" "20m" "memory" "32Mi") "limits" (dict "cpu" "500m" "memory" "128Mi") }}
{{- include "script" (dict "name" "pool-tokens" "image" (include "image.aws" $) "text" ($.Files.Get $sign_in) "settings" $settings "resources" $small) }}
  restartPolicy: Always
{{ include "script" (dict "name" "pool" "image" (include "image.pgbouncer" $) "text" (tpl ($.Files.Get "files/pool.sh") $) "settings" $settings "resources" $own) }}
  restartPolicy: Always
  # The next container starts when this one can be connected to.
  startupProbe:
    exec:
      command: [/bin/bash, -c, "</dev/tcp/127.0.0.1/6432"]
    periodSeconds: 2
    failureThreshold: 60
  livenessProbe:
    exec:
      command: [/bin/bash, -c, "</dev/tcp/127.0.0.1/6432"]
    periodSeconds: 10
    failureThreshold: 3
{{- end }}
{{- end }}

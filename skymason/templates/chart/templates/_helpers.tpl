{{/* Labels of an object. Arguments: root, component; extra: further ones. */}}
{{- define "labels" -}}
{{- $own := dict
  "app.kubernetes.io/name" .root.Values.service.name
  "app.kubernetes.io/component" (.component | default "server")
  "app.kubernetes.io/managed-by" .root.Release.Service -}}
{{- toYaml (merge $own .root.Values.labels (.extra | default dict)) -}}
{{- end }}

{{/* Selects the replicas that serve, and neither tasks nor anything else in the namespace. */}}
{{- define "replicas" -}}
app.kubernetes.io/name: {{ .Values.service.name }}
app.kubernetes.io/component: server
{{- end }}

{{/* The pods that have the service's traffic; whatever else is in the namespace has a policy of its own. */}}
{{- define "own" -}}
matchLabels:
  app.kubernetes.io/name: {{ .Values.service.name }}
matchExpressions:
  - key: app.kubernetes.io/component
    operator: In
    values: [server, task, replay]
{{- end }}

{{- define "tier" -}}
{{- if .Values.service.tier }}
skymason.dev/tier: {{ .Values.service.tier }}
{{- end }}
{{- end }}

{{- define "image" -}}
{{- $image := .Values.image -}}
{{- $name := $image.repository -}}
{{- if $image.in_registry }}
{{- $name = printf "%s/%s" (required "cloud.registry: registry and prefix of the stack's repositories" .Values.cloud.registry) $image.repository -}}
{{- end -}}
{{- if $image.digest }}{{ $name }}@{{ $image.digest }}{{ else }}{{ $name }}:{{ required "image: a digest or a tag" $image.tag }}{{ end -}}
{{- end }}

{{/* Twelve characters that tell one image from another: of its digest, else of its whole name. */}}
{{- define "image.id" -}}
{{- if .Values.image.digest }}{{ .Values.image.digest | trimPrefix "sha256:" | trunc 12 }}{{ else }}{{ include "image" . | sha256sum | trunc 12 }}{{ end -}}
{{- end }}

{{/* Whether something runs before the rollout. */}}
{{- define "jobs" -}}
{{- $found := or .Values.migrations (and .Values.database .Values.database.setup.enabled) -}}
{{- range .Values.tasks }}{{ if not .schedule }}{{ $found = true }}{{ end }}{{ end -}}
{{- if $found }}true{{ end -}}
{{- end }}

{{- define "tasks.once" -}}
{{- range .Values.tasks }}{{ if not .schedule }}true{{ end }}{{ end -}}
{{- end }}

{{/* Annotations of what runs before each rollout, and of what only such runs need: Helm makes it first, in order of
weight, anew for each release. Arguments: weight; phases, where they are others. */}}
{{- define "before" -}}
helm.sh/hook: {{ .phases | default "pre-install,pre-upgrade" }}
helm.sh/hook-weight: {{ .weight | quote }}
helm.sh/hook-delete-policy: before-hook-creation
{{- end }}

{{/* Annotations of what both the replicas and such runs need. The first release makes it before the runs; from the
second one on it is an object like any other, which Helm takes over because of who is said to own it. It is kept, so
that a rollback to the first release, whose list of objects it is not in, does not delete it. Nothing for a service
without such runs. Arguments: root, weight. */}}
{{- define "first" -}}
{{- if include "jobs" .root }}
helm.sh/resource-policy: keep
{{- if .root.Release.IsInstall }}
{{ include "before" (dict "weight" .weight "phases" "pre-install") }}
{{- end }}
meta.helm.sh/release-name: {{ .root.Release.Name }}
meta.helm.sh/release-namespace: {{ .root.Release.Namespace }}
{{- end }}
{{- end }}

{{/* Work that was begun is finished: the autoscaler takes no node away under it, and a run that a drain ends is made
again without counting as failed. */}}
{{- define "run.policy" -}}
podFailurePolicy:
  rules:
    - action: Ignore
      onPodConditions:
        - type: DisruptionTarget
          status: "True"
{{- end }}
{{- define "run.kept" -}}
cluster-autoscaler.kubernetes.io/safe-to-evict: "false"
{{- end }}

{{- define "security.container" -}}
allowPrivilegeEscalation: false
capabilities:
  drop: [ALL]
privileged: false
readOnlyRootFilesystem: {{ .read_only }}
runAsNonRoot: true
runAsUser: {{ .user }}
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{/* What every pod has, whatever it runs: no token of the API, no capability, no user but its own. Arguments: account,
user. */}}
{{- define "security.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
hostIPC: false
hostNetwork: false
hostPID: false
securityContext:
  fsGroup: {{ .user }}
  runAsGroup: {{ .user }}
  runAsNonRoot: true
  runAsUser: {{ .user }}
  seccompProfile:
    type: RuntimeDefault
serviceAccountName: {{ .account }}
{{- end }}

{{/* A preference for capacity of the asked kind. Argument: spot. */}}
{{- define "capacity" -}}
nodeAffinity:
  preferredDuringSchedulingIgnoredDuringExecution:
    - preference:
        matchExpressions:
          - key: eks.amazonaws.com/capacityType
            operator: In
            values: [{{ ternary "SPOT" "ON_DEMAND" .spot }}]
      weight: 100
{{- end }}

{{/* The service's image as replicas and tasks run it, without ports and probes. Arguments: root, name (of container and
settings), command, args, resources. */}}
{{- define "container" -}}
{{- $own := .root.Values.container -}}
name: {{ .name }}
image: {{ include "image" .root }}
{{- with .command }}
command: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .args }}
args: {{- toYaml . | nindent 2 }}
{{- end }}
envFrom:
  - configMapRef:
      name: {{ .settings | default .name }}
resources: {{- toYaml (.resources | default .root.Values.resources) | nindent 2 }}
securityContext: {{- include "security.container" (dict "user" $own.user "read_only" $own.read_only_root) | nindent 2 }}
{{- if $own.writable_paths }}
volumeMounts:
  {{- range $index, $path := $own.writable_paths }}
  - name: scratch-{{ $index }}
    mountPath: {{ $path }}
  {{- end }}
{{- end }}
{{- end }}

{{/* Volumes for the folders that may be written to. */}}
{{- define "scratch" -}}
{{- range $index, $path := .Values.container.writable_paths }}
- name: scratch-{{ $index }}
  emptyDir:
    sizeLimit: {{ $.Values.container.scratch_size }}
{{- end }}
{{- end }}

{{- define "probe" -}}
{{- if .probe.path }}
httpGet:
  path: {{ .probe.path }}
  port: {{ .port }}
{{- else }}
tcpSocket:
  port: {{ .port }}
{{- end }}
periodSeconds: {{ .probe.period_seconds }}
timeoutSeconds: {{ .probe.timeout_seconds }}
failureThreshold: {{ .probe.failure_threshold }}
{{- end }}

{{/* Entries of one direction. Arguments: root, entries, side (from or to). */}}
{{- define "entries" -}}
{{- range .entries }}
- {{ $.side }}:
    {{- if .balancer }}
    {{- $place := .balancer }}
    {{- range required (printf "cloud.balancer_ranges.%s: addresses of its subnets" $place) (index $.root.Values.cloud.balancer_ranges $place) }}
    - ipBlock:
        cidr: {{ . }}
    {{- end }}
    {{- else if .cidr }}
    - ipBlock:
        cidr: {{ .cidr }}
    {{- else }}
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: {{ .namespace }}
    {{- end }}
  ports:
    {{- range .ports }}
    - port: {{ . }}
      protocol: TCP
    {{- end }}
{{- end }}
{{- end }}

{{/* A number of replicas as Kubernetes takes it: 1 for "1", 25% for "25%". */}}
{{- define "count" -}}
{{- if hasSuffix "%" . }}{{ . | quote }}{{ else }}{{ . | int }}{{ end -}}
{{- end }}

{{/* Settings that the stack knows; each must be filled. Arguments: where, values. */}}
{{- define "asked" -}}
{{- range $key, $value := .values }}
{{ $key }}: {{ required (printf "cloud.%s.%s: see the head of the values file" $.where $key) $value | quote }}
{{- end }}
{{- end }}

{{/* Whether a service reads models from files: "true" or "". Takes root, name. */}}
{{- define "stoa.readsModels" -}}
{{- $config := .root.Values.config -}}
{{- if ne .root.Values.models.source "none" -}}
{{- if eq .name "embedding" -}}
{{- if not (dig "embedding" "url" "" $config) -}}true{{- end -}}
{{- else if eq .name "generation" -}}
{{- if or (hasSuffix ".gguf" (dig "generation" "model" "" $config)) (dig "checking" "entailment" "" $config) -}}true{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* The pod of a service, with its metadata. Takes root, name, values. */}}
{{- define "stoa.pod" -}}
{{- $root := .root -}}
{{- $values := .values -}}
{{- $stateful := include "stoa.stateful" . -}}
{{- $models := include "stoa.readsModels" . -}}
metadata:
  labels:
    {{- include "stoa.podLabels" . | nindent 4 }}
    {{- with $values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    checksum/config: {{ include "stoa.environment" . | sha256sum }}
    checksum/secrets: {{ include "stoa.secretsChecksum" . }}
    {{- with merge (dict) ($values.podAnnotations | default dict) $root.Values.commonAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "stoa.serviceAccountName" $root }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- include "stoa.imagePullSecrets" $root | nindent 2 }}
  {{- include "stoa.placement" . | nindent 2 }}
  terminationGracePeriodSeconds: {{ $values.terminationGracePeriodSeconds | default (add (int $values.preStopSeconds) (int $values.drainSeconds) 10) }}
  securityContext:
    {{- toYaml $values.podSecurityContext | nindent 4 }}
  {{- if or (and $models (has $root.Values.models.source (list "image" "urls"))) $values.initContainers }}
  initContainers:
    {{- if $models }}
    {{- include "stoa.modelsInit" . | nindent 4 }}
    {{- end }}
    {{- with $values.initContainers }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- end }}
  containers:
    - name: {{ .name }}
      image: {{ include "stoa.image" (dict "root" $root "image" (mergeOverwrite (deepCopy $root.Values.image) ($values.image | default dict)) "tag" $root.Chart.AppVersion) }}
      imagePullPolicy: {{ $root.Values.image.pullPolicy }}
      args: [{{ .name }}]
      envFrom:
        - configMapRef:
            name: {{ include "stoa.componentName" . }}
        {{- with $values.extraEnvFrom }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      env:
        {{- include "stoa.secretEnv" . | nindent 8 }}
        {{- with $values.extraEnv }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      ports:
        - name: grpc
          containerPort: 50051
          protocol: TCP
        - name: admin
          containerPort: 9464
          protocol: TCP
        {{- if and (eq .name "telegram") $root.Values.telegram.webhook.enabled }}
        - name: webhook
          containerPort: 8090
          protocol: TCP
        {{- end }}
      {{- range $probe, $path := dict "startupProbe" "/livez" "livenessProbe" "/livez" "readinessProbe" "/readyz" }}
      {{- $timing := omit (get $values $probe) "enabled" }}
      {{- if (get $values $probe).enabled }}
      {{ $probe }}:
        httpGet:
          path: {{ $path }}
          port: admin
          scheme: HTTP
        {{- toYaml $timing | nindent 8 }}
      {{- end }}
      {{- end }}
      {{- /* The image has no program that sleeps; Kubernetes has one since 1.30. */}}
      {{- if and (gt (int $values.preStopSeconds) 0) (semverCompare ">=1.30.0-0" $root.Capabilities.KubeVersion.Version) }}
      lifecycle:
        preStop:
          sleep:
            seconds: {{ int $values.preStopSeconds }}
      {{- end }}
      resources:
        {{- toYaml $values.resources | nindent 8 }}
      securityContext:
        {{- toYaml $values.containerSecurityContext | nindent 8 }}
      volumeMounts:
        - name: tmp
          mountPath: /tmp
        - name: data
          mountPath: /var/lib/stoa
        {{- if $models }}
        - name: models
          mountPath: /opt/stoa/models
          readOnly: true
        {{- end }}
        {{- range include "stoa.files" . | fromJsonArray }}
        - name: {{ .name }}
          mountPath: /etc/stoa/{{ .name }}
          readOnly: true
        {{- end }}
        {{- with $values.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    {{- with $values.sidecars }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  volumes:
    - name: tmp
      emptyDir:
        sizeLimit: {{ $values.tmpSizeLimit }}
    {{- if and (eq .name "ingestion") $root.Values.blobs.existingClaim }}
    - name: data
      persistentVolumeClaim:
        claimName: {{ $root.Values.blobs.existingClaim }}
    {{- else if not $stateful }}
    - name: data
      emptyDir: {}
    {{- end }}
    {{- if $models }}
    {{- include "stoa.modelsVolume" . | nindent 4 }}
    {{- end }}
    {{- range include "stoa.files" . | fromJsonArray }}
    - name: {{ .name }}
      secret:
        secretName: {{ .secret }}
        defaultMode: 0440
    {{- end }}
    {{- with $values.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end -}}

{{/* Secrets that are read as files under /etc/stoa, as a JSON list of name, secret. Takes root, name. */}}
{{- define "stoa.files" -}}
{{- $values := .root.Values -}}
{{- $files := list -}}
{{- if and $values.tls.enabled (ne .name "migrate") -}}
{{- $files = append $files (dict "name" "tls" "secret" (include "stoa.tlsSecret" .)) -}}
{{- end -}}
{{- if include "stoa.uses" (dict "name" .name "store" "database") -}}
{{- with include "stoa.databaseTlsSecret" .root }}{{ $files = append $files (dict "name" "database" "secret" .) }}{{ end -}}
{{- end -}}
{{- if include "stoa.uses" (dict "name" .name "store" "nats") -}}
{{- if and $values.nats.url $values.nats.existingSecret (eq $values.nats.auth "credentials") -}}
{{- $files = append $files (dict "name" "nats" "secret" $values.nats.existingSecret) -}}
{{- end -}}
{{- with include "stoa.natsTlsSecret" .root }}{{ $files = append $files (dict "name" "nats-tls" "secret" .) }}{{ end -}}
{{- end -}}
{{- if and (eq .name "retrieval") $values.qdrant.url $values.qdrant.tls.existingSecret -}}
{{- $files = append $files (dict "name" "qdrant-tls" "secret" $values.qdrant.tls.existingSecret) -}}
{{- end -}}
{{- toJson $files -}}
{{- end -}}

{{/* On which nodes, and how urgent. Takes root, name, values. */}}
{{- define "stoa.placement" -}}
{{- $selector := include "stoa.selectorLabels" . | fromYaml -}}
{{- with .values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .values.runtimeClassName }}
runtimeClassName: {{ . }}
{{- end }}
{{- with .values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- range . }}
  - {{- toYaml (merge (dict) . (dict "labelSelector" (dict "matchLabels" $selector))) | nindent 4 }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* Brings the models into the volume before the service starts; what is there and whole is not fetched again.
     Takes root, values. */}}
{{- define "stoa.modelsInit" -}}
{{- $models := .root.Values.models -}}
{{- if eq $models.source "image" }}
- name: models
  image: {{ include "stoa.image" (dict "root" .root "image" $models.image "tag" .root.Chart.AppVersion) }}
  imagePullPolicy: {{ $models.image.pullPolicy }}
  command: [cp, -R, /models/., /opt/stoa/models/]
  {{- include "stoa.modelsContainer" . | nindent 2 }}
{{- else if eq $models.source "urls" }}
- name: models
  image: {{ include "stoa.image" (dict "root" .root "image" $models.fetcher.image "tag" "") }}
  imagePullPolicy: {{ $models.fetcher.image.pullPolicy }}
  command: [sh, -c]
  args:
    - |
      {{- .root.Files.Get "files/fetch-models.sh" | nindent 6 }}
    - models.sh
    - /opt/stoa/models
    - /etc/stoa/models/list
  {{- with $models.existingSecret }}
  envFrom:
    - secretRef:
        name: {{ . }}
  {{- end }}
  {{- include "stoa.modelsContainer" . | nindent 2 }}
    - name: models-list
      mountPath: /etc/stoa/models
      readOnly: true
{{- end }}
{{- end -}}

{{- define "stoa.modelsContainer" -}}
resources:
  {{- toYaml .root.Values.models.resources | nindent 2 }}
securityContext:
  {{- toYaml .values.containerSecurityContext | nindent 2 }}
volumeMounts:
  - name: models
    mountPath: /opt/stoa/models
  - name: tmp
    mountPath: /tmp
{{- end -}}

{{- define "stoa.modelsVolume" -}}
{{- $models := .root.Values.models -}}
- name: models
  {{- if $models.existingClaim }}
  persistentVolumeClaim:
    claimName: {{ $models.existingClaim }}
  {{- else }}
  emptyDir:
    sizeLimit: {{ $models.sizeLimit }}
  {{- end }}
{{- if eq $models.source "urls" }}
- name: models-list
  configMap:
    name: {{ include "stoa.fullname" .root }}-models
{{- end }}
{{- end -}}

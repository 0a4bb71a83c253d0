{{/* The environment of a service that is no secret, as a map. Takes root, name. */}}
{{- define "stoa.environment" -}}
{{- $root := .root -}}
{{- $name := .name -}}
{{- $values := include "stoa.values" . | fromYaml -}}
{{- $scheme := ternary "https" "http" $root.Values.tls.enabled -}}
{{- $env := dict
  "STOA_SERVER_LISTEN" "0.0.0.0:50051"
  "STOA_ADMIN_LISTEN" "0.0.0.0:9464"
  "STOA_LOG_FORMAT" "json"
  "STOA_SERVER_DRAIN_SECS" (int $values.drainSeconds | toString) -}}
{{- range $callee := include "stoa.calls" (dict "name" $name) | fromJsonArray -}}
{{- $address := printf "%s://%s:50051" $scheme (include "stoa.host" (dict "root" $root "name" $callee)) -}}
{{- $_ := set $env (printf "STOA_%s_ADDRESS" (upper $callee)) $address -}}
{{- end -}}
{{- if $root.Values.tls.enabled -}}
{{- $_ := set $env "STOA_TLS_CERT" "/etc/stoa/tls/tls.crt" -}}
{{- $_ := set $env "STOA_TLS_KEY" "/etc/stoa/tls/tls.key" -}}
{{- $_ := set $env "STOA_TLS_CA" "/etc/stoa/tls/ca.crt" -}}
{{- end -}}
{{- $env = merge $env (include "stoa.databaseEnvironment" . | fromYaml) (include "stoa.natsEnvironment" . | fromYaml) (include "stoa.ownEnvironment" . | fromYaml) -}}
{{- with $root.Values.telemetry.otlpEndpoint -}}
{{- $_ := set $env "OTEL_EXPORTER_OTLP_ENDPOINT" . -}}
{{- $_ := set $env "OTEL_SERVICE_NAME" (printf "stoa-%s" $name) -}}
{{- end -}}
{{- with $root.Values.proxy.https -}}
{{- $_ := set $env "HTTPS_PROXY" . -}}
{{- $_ := set $env "NO_PROXY" (printf ".svc,.cluster.local%s" (ternary "" (printf ",%s" $root.Values.proxy.bypass) (empty $root.Values.proxy.bypass))) -}}
{{- end -}}
{{- range $section, $keys := mergeOverwrite (deepCopy $root.Values.config) (deepCopy ($values.config | default dict)) -}}
{{- $chat := has $section (list "chat" "discord" "telegram") -}}
{{- if or (not $chat) (eq $section $name) (and (eq $section "chat") (has $name (list "discord" "telegram"))) -}}
{{- range $key, $value := $keys -}}
{{- $_ := set $env (printf "STOA_%s_%s" (upper $section) (upper $key)) (include "stoa.text" $value) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toYaml $env -}}
{{- end -}}

{{/* How PostgreSQL is reached, but for its address, which is a secret. Takes root, name. */}}
{{- define "stoa.databaseEnvironment" -}}
{{- if include "stoa.uses" (dict "name" .name "store" "database") }}
STOA_DATABASE_MIGRATE: "false"
STOA_DATABASE_MAX_CONNECTIONS: {{ int .root.Values.database.maxConnections | toString | quote }}
{{- if include "stoa.databaseTlsSecret" .root }}
STOA_DATABASE_CA: /etc/stoa/database/ca.crt
{{- if .root.Values.database.tls.clientCertificate }}
STOA_DATABASE_CERT: /etc/stoa/database/tls.crt
STOA_DATABASE_KEY: /etc/stoa/database/tls.key
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/* The Secret with the CA of PostgreSQL, if there is one. Takes the root. */}}
{{- define "stoa.databaseTlsSecret" -}}
{{- if .Values.database.existingSecret -}}{{ .Values.database.tls.existingSecret }}
{{- else if .Values.tls.enabled -}}{{ include "stoa.tlsSecret" (dict "root" . "name" "postgresql") }}{{- end -}}
{{- end -}}

{{/* How NATS is reached. Takes root, name. */}}
{{- define "stoa.natsEnvironment" -}}
{{- $nats := .root.Values.nats -}}
{{- if include "stoa.uses" (dict "name" .name "store" "nats") }}
STOA_NATS_URL: {{ $nats.url | default (printf "%s://%s:4222" (ternary "tls" "nats" .root.Values.tls.enabled) (include "stoa.host" (dict "root" .root "name" "nats"))) | quote }}
STOA_NATS_REPLICAS: {{ int $nats.replicas | toString | quote }}
STOA_NATS_MAX_MIB: {{ int $nats.maxMib | toString | quote }}
{{- if and $nats.url $nats.existingSecret (eq $nats.auth "credentials") }}
STOA_NATS_CREDENTIALS: /etc/stoa/nats/nats.creds
{{- end }}
{{- if include "stoa.natsTlsSecret" .root }}
STOA_NATS_CA: /etc/stoa/nats-tls/ca.crt
{{- if and $nats.url $nats.tls.clientCertificate }}
STOA_NATS_CERT: /etc/stoa/nats-tls/tls.crt
STOA_NATS_KEY: /etc/stoa/nats-tls/tls.key
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/* The Secret with the CA of NATS, if there is one. Takes the root. */}}
{{- define "stoa.natsTlsSecret" -}}
{{- if .Values.nats.url -}}{{ .Values.nats.tls.existingSecret }}
{{- else if .Values.tls.enabled -}}{{ include "stoa.tlsSecret" (dict "root" . "name" "nats") }}{{- end -}}
{{- end -}}

{{/* What one service alone is told. Takes root, name. */}}
{{- define "stoa.ownEnvironment" -}}
{{- $values := .root.Values -}}
{{- if and (eq .name "retrieval") $values.qdrant.url }}
STOA_QDRANT_URL: {{ $values.qdrant.url | quote }}
STOA_QDRANT_SHARDS: {{ int $values.qdrant.shards | toString | quote }}
STOA_QDRANT_REPLICAS: {{ int $values.qdrant.replicas | toString | quote }}
STOA_QDRANT_ON_DISK: {{ $values.qdrant.onDisk | toString | quote }}
STOA_QDRANT_QUANTIZATION: {{ $values.qdrant.quantization | quote }}
{{- if $values.qdrant.tls.existingSecret }}
STOA_QDRANT_CA: /etc/stoa/qdrant-tls/ca.crt
{{- end }}
{{- end }}
{{- if eq .name "ingestion" }}
STOA_INGESTION_BLOBS: {{ $values.blobs.url | default "/var/lib/stoa/blobs" | quote }}
{{- if $values.blobs.url }}
AWS_REGION: {{ $values.blobs.region | quote }}
{{- with $values.blobs.endpoint }}
AWS_ENDPOINT_URL: {{ . | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- if and (eq .name "telegram") $values.telegram.webhook.enabled }}
STOA_TELEGRAM_WEBHOOK_URL: {{ printf "https://%s%s" $values.telegram.webhook.host $values.telegram.webhook.path | quote }}
STOA_TELEGRAM_WEBHOOK_LISTEN: "0.0.0.0:8090"
{{- end }}
{{- end -}}

{{/* Each secret that a service reads from a variable: variable, Secret, key. A JSON list. Takes root, name. */}}
{{- define "stoa.secretVariables" -}}
{{- $values := .root.Values -}}
{{- $list := list -}}
{{- if ne .name "migrate" -}}
{{- $auth := include "stoa.authSecret" .root -}}
{{- $list = append $list (dict "variable" "STOA_TOKEN" "secret" $auth "key" $values.auth.keys.token) -}}
{{- $list = append $list (dict "variable" "STOA_TOKEN_PREVIOUS" "secret" $auth "key" $values.auth.keys.previous "optional" true) -}}
{{- end -}}
{{- if include "stoa.uses" (dict "name" .name "store" "database") -}}
{{- $secret := $values.database.existingSecret | default (include "stoa.componentName" (dict "root" .root "name" "postgresql")) -}}
{{- $list = append $list (dict "variable" "STOA_DATABASE_URL" "secret" $secret "key" (ternary $values.database.key "url" (ne $values.database.existingSecret ""))) -}}
{{- end -}}
{{- if include "stoa.uses" (dict "name" .name "store" "nats") -}}
{{- if not $values.nats.url -}}
{{- $list = append $list (dict "variable" "STOA_NATS_TOKEN" "secret" (include "stoa.componentName" (dict "root" .root "name" "nats")) "key" "token") -}}
{{- else if and $values.nats.existingSecret (ne $values.nats.auth "credentials") -}}
{{- $list = append $list (dict "variable" (printf "STOA_NATS_%s" (upper $values.nats.auth)) "secret" $values.nats.existingSecret "key" $values.nats.key) -}}
{{- end -}}
{{- end -}}
{{- if and (eq .name "retrieval") $values.qdrant.url $values.qdrant.existingSecret -}}
{{- $list = append $list (dict "variable" "STOA_QDRANT_API_KEY" "secret" $values.qdrant.existingSecret "key" $values.qdrant.key) -}}
{{- end -}}
{{- if and (eq .name "ingestion") $values.blobs.url $values.blobs.existingSecret -}}
{{- $list = append $list (dict "variable" "AWS_ACCESS_KEY_ID" "secret" $values.blobs.existingSecret "key" $values.blobs.keys.id) -}}
{{- $list = append $list (dict "variable" "AWS_SECRET_ACCESS_KEY" "secret" $values.blobs.existingSecret "key" $values.blobs.keys.secret) -}}
{{- end -}}
{{- range $section, $service := dict "generation" "generation" "checking" "generation" "embedding" "embedding" -}}
{{- $key := get $values.apiKeys $section -}}
{{- if and (eq $.name $service) $key.existingSecret -}}
{{- $list = append $list (dict "variable" (printf "STOA_%s_API_KEY" (upper $section)) "secret" $key.existingSecret "key" $key.key) -}}
{{- end -}}
{{- end -}}
{{- if has .name (list "discord" "telegram") -}}
{{- $platform := get $values .name -}}
{{- $list = append $list (dict "variable" (printf "STOA_%s_TOKEN" (upper .name)) "secret" $platform.existingSecret "key" $platform.key) -}}
{{- end -}}
{{- toJson $list -}}
{{- end -}}

{{/* Those, as the environment of a container. */}}
{{- define "stoa.secretEnv" -}}
{{- range include "stoa.secretVariables" . | fromJsonArray }}
- name: {{ .variable }}
  valueFrom:
    secretKeyRef:
      name: {{ .secret }}
      key: {{ .key }}
      {{- if .optional }}
      optional: true
      {{- end }}
{{- end }}
{{- end -}}

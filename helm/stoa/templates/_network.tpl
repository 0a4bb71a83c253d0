{{/* Pods of a component, as a peer of a policy. Takes root, name. */}}
{{- define "stoa.peer" -}}
- podSelector:
    matchLabels:
      {{- include "stoa.selectorLabels" . | nindent 6 }}
{{- end -}}

{{/* Public addresses, none of a private network. */}}
{{- define "stoa.public" -}}
- ipBlock:
    cidr: 0.0.0.0/0
    except: [10.0.0.0/8, 100.64.0.0/10, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16]
- ipBlock:
    cidr: ::/0
    except: [fc00::/7, fe80::/10]
{{- end -}}

{{- define "stoa.tcp" -}}
ports:
  {{- range . }}
  - port: {{ int . }}
    protocol: TCP
  {{- end }}
{{- end -}}

{{/* Where a component may connect to: the arrows of the design and nothing else. Takes root, name, values. */}}
{{- define "stoa.egress" -}}
{{- $root := .root -}}
{{- $policy := $root.Values.networkPolicy -}}
{{- $name := .name -}}
- to:
    {{- toYaml $policy.dns.to | nindent 4 }}
  ports:
    - port: 53
      protocol: UDP
    - port: 53
      protocol: TCP
{{- range include "stoa.calls" (dict "name" $name) | fromJsonArray }}
- to:
    {{- include "stoa.peer" (dict "root" $root "name" .) | nindent 4 }}
  {{- include "stoa.tcp" (list 50051) | nindent 2 }}
{{- end }}
{{- if include "stoa.uses" (dict "name" $name "store" "database") }}
{{- if $root.Values.database.existingSecret }}
- {{- with $policy.database.to }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- include "stoa.tcp" (list $policy.database.port) | nindent 2 }}
{{- else }}
- to:
    {{- include "stoa.peer" (dict "root" $root "name" "postgresql") | nindent 4 }}
  {{- include "stoa.tcp" (list 5432) | nindent 2 }}
{{- end }}
{{- end }}
{{- if include "stoa.uses" (dict "name" $name "store" "nats") }}
{{- if $root.Values.nats.url }}
- {{- with $policy.nats.to }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- include "stoa.tcp" (list (include "stoa.port" (dict "url" $root.Values.nats.url "default" "4222"))) | nindent 2 }}
{{- else }}
- to:
    {{- include "stoa.peer" (dict "root" $root "name" "nats") | nindent 4 }}
  {{- include "stoa.tcp" (list 4222) | nindent 2 }}
{{- end }}
{{- end }}
{{- if and (eq $name "retrieval") $root.Values.qdrant.url }}
- {{- with $policy.qdrant.to }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- include "stoa.tcp" (list (include "stoa.port" (dict "url" $root.Values.qdrant.url "default" "6334"))) | nindent 2 }}
{{- end }}
{{- if has $name (list "ingestion" "discord" "telegram") }}
- to:
    {{- include "stoa.public" . | nindent 4 }}
  {{- include "stoa.tcp" (ternary (list 80 443) (list 443) (eq $name "ingestion")) | nindent 2 }}
{{- end }}
{{- if and (include "stoa.readsModels" .) (eq $root.Values.models.source "urls") }}
- {{- with $policy.models.to }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- include "stoa.tcp" $policy.models.ports | nindent 2 }}
{{- end }}
{{- range $address := include "stoa.outside" . | fromJsonArray }}
- ports:
    - port: {{ int $address }}
      protocol: TCP
{{- end }}
{{- with $policy.extraEgress }}
{{ toYaml . }}
{{- end }}
{{- with .values.extraEgress }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Ports of addresses that are configured and may be anywhere: models, blobs, telemetry, a proxy. A JSON list.
     Takes root, name. */}}
{{- define "stoa.outside" -}}
{{- $values := .root.Values -}}
{{- $urls := list -}}
{{- /* What ends by itself sends no traces. */}}
{{- if not (has .name (list "migrate" "operator")) }}{{ $urls = append $urls $values.telemetry.otlpEndpoint }}{{ end -}}
{{- if has .name (list "ingestion" "discord" "telegram" "generation" "embedding") }}{{ $urls = append $urls $values.proxy.https }}{{ end -}}
{{- if eq .name "ingestion" }}{{ $urls = append $urls $values.blobs.endpoint }}{{ end -}}
{{- if eq .name "generation" }}{{ $urls = concat $urls (list (dig "generation" "url" "" $values.config) (dig "checking" "url" "" $values.config)) }}{{ end -}}
{{- if has .name (list "embedding" "discord" "telegram") }}{{ $urls = concat $urls (list (ternary (dig "embedding" "url" "" $values.config) "" (eq .name "embedding")) (ternary "" (dig .name "api_url" "" $values.config) (eq .name "embedding"))) }}{{ end -}}
{{- $ports := list -}}
{{- range compact $urls }}{{ $ports = append $ports (include "stoa.port" (dict "url" .)) }}{{ end -}}
{{- $ports | uniq | sortAlpha | toJson -}}
{{- end -}}

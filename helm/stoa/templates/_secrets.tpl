{{/* Name of the Secret with the token that services share. Takes the root. */}}
{{- define "stoa.authSecret" -}}
{{- .Values.auth.existingSecret | default (printf "%s-auth" (include "stoa.fullname" .)) -}}
{{- end -}}

{{/* Data of a Secret that the cluster has, in base64, as JSON; {} where there is none, and outside of a cluster.
     Takes root, secret. */}}
{{- define "stoa.existing" -}}
{{- $found := lookup "v1" "Secret" .root.Release.Namespace .secret | default dict -}}
{{- $found.data | default dict | toJson -}}
{{- end -}}

{{/* A text that is made once a rendering, and kept from one upgrade to the next. Takes root, secret, key. */}}
{{- define "stoa.kept" -}}
{{- if not (hasKey .root.Values "made") }}{{ $_ := set .root.Values "made" dict }}{{ end -}}
{{- $made := .root.Values.made -}}
{{- $id := printf "%s/%s" .secret .key -}}
{{- if not (hasKey $made $id) -}}
{{- $before := get (include "stoa.existing" . | fromJson) .key -}}
{{- $_ := set $made $id (ternary ($before | default "" | b64dec) (randAlphaNum 40) (not (empty $before))) -}}
{{- end -}}
{{- get $made $id -}}
{{- end -}}

{{/* Tokens that the chart keeps, as JSON: the one that is sent, and the one before, which is still taken. Another
     auth.rotation makes a new one. Takes the root. */}}
{{- define "stoa.tokens" -}}
{{- $secret := include "stoa.authSecret" . -}}
{{- $rotation := int .Values.auth.rotation | toString -}}
{{- $found := lookup "v1" "Secret" .Release.Namespace $secret | default dict -}}
{{- $annotations := dig "metadata" "annotations" dict $found -}}
{{- $data := $found.data | default dict -}}
{{- $was := get $annotations "stoa/rotation" | default $rotation -}}
{{- if not (hasKey .Values "made") }}{{ $_ := set .Values "made" dict }}{{ end -}}
{{- if not (hasKey .Values.made "tokens") -}}
{{- $tokens := dict -}}
{{- if not $data.token -}}
{{- $tokens = dict "token" (randAlphaNum 48) -}}
{{- else if ne $was $rotation -}}
{{- $tokens = dict "token" (randAlphaNum 48) "token-previous" (b64dec $data.token) -}}
{{- else -}}
{{- range $key, $value := $data }}{{ $_ := set $tokens $key (b64dec $value) }}{{ end -}}
{{- end -}}
{{- $_ := set .Values.made "tokens" $tokens -}}
{{- end -}}
{{- toJson .Values.made.tokens -}}
{{- end -}}

{{/* Says something else when any Secret that a service reads from variables changed, so that it starts again with it.
     What is read from files is read again without. Takes root, name. */}}
{{- define "stoa.secretsChecksum" -}}
{{- $root := .root -}}
{{- $all := list -}}
{{- range include "stoa.secretVariables" . | fromJsonArray -}}
{{- if and (not $root.Values.auth.existingSecret) (eq .secret (include "stoa.authSecret" $root)) -}}
{{- $all = append $all (include "stoa.tokens" $root) -}}
{{- else if hasSuffix "-postgresql" .secret -}}
{{- $all = append $all (include "stoa.kept" (dict "root" $root "secret" .secret "key" "password")) -}}
{{- else if hasSuffix "-nats" .secret -}}
{{- $all = append $all (include "stoa.kept" (dict "root" $root "secret" .secret "key" "token")) -}}
{{- else -}}
{{- $all = append $all (include "stoa.existing" (dict "root" $root "secret" .secret)) -}}
{{- end -}}
{{- end -}}
{{- toJson $all | sha256sum -}}
{{- end -}}

{{/* Name of the Secret with a certificate. Takes root, name. */}}
{{- define "stoa.tlsSecret" -}}
{{- $given := get .root.Values.tls.existingSecrets .name -}}
{{- $given | default (printf "%s-tls" (include "stoa.componentName" .)) -}}
{{- end -}}

{{/* DNS names of a certificate, as a JSON list. The first says to the others who it is. Takes root, name. */}}
{{- define "stoa.dnsNames" -}}
{{- $full := include "stoa.componentName" . -}}
{{- $namespace := .root.Release.Namespace -}}
{{- list (printf "stoa-%s.%s.svc" .name $namespace) (printf "%s.%s.svc" $full $namespace) (printf "%s.%s.svc.cluster.local" $full $namespace) $full (printf "stoa-%s" .name) "localhost" | uniq | toJson -}}
{{- end -}}

{{/* Who has a certificate, as a JSON list. Takes the root. */}}
{{- define "stoa.certificates" -}}
{{- $names := append (include "stoa.components" . | fromJsonArray) "operator" -}}
{{- if not .Values.database.existingSecret }}{{ $names = append $names "postgresql" }}{{ end -}}
{{- if not .Values.nats.url }}{{ $names = append $names "nats" }}{{ end -}}
{{- toJson $names -}}
{{- end -}}

{{/* Name of the chart, as labels have it. */}}
{{- define "stoa.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{/* What every object of this release is called after. Short, so that the longest suffix still fits in 63 characters. */}}
{{- define "stoa.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Name of a component's objects. Takes root, name. */}}
{{- define "stoa.componentName" -}}
{{- printf "%s-%s" (include "stoa.fullname" .root) .name -}}
{{- end -}}

{{/* Labels that select a component's pods; they never change. Takes root, name. */}}
{{- define "stoa.selectorLabels" -}}
app.kubernetes.io/name: {{ include "stoa.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .name }}
{{- end -}}

{{/* Labels of every object. Takes root, name. */}}
{{- define "stoa.labels" -}}
{{ include "stoa.selectorLabels" . }}
app.kubernetes.io/part-of: {{ include "stoa.name" .root }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Labels of pods. None of them changes with the version, so that an upgrade restarts only what it changes.
     Takes root, name. */}}
{{- define "stoa.podLabels" -}}
{{ include "stoa.selectorLabels" . }}
app.kubernetes.io/part-of: {{ include "stoa.name" .root }}
{{- end -}}

{{/* Name, namespace, labels and annotations of an object. Takes root, name, and may take called, labels, annotations. */}}
{{- define "stoa.metadata" -}}
name: {{ .called | default (include "stoa.componentName" .) }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "stoa.labels" . | nindent 2 }}
  {{- with .labels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with merge (dict) (.annotations | default dict) .root.Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* The services that run, as a JSON list. A frontend runs when its Secret is named. */}}
{{- define "stoa.components" -}}
{{- $names := list "embedding" "retrieval" "generation" "ingestion" -}}
{{- if .Values.discord.existingSecret }}{{ $names = append $names "discord" }}{{ end -}}
{{- if .Values.telegram.existingSecret }}{{ $names = append $names "telegram" }}{{ end -}}
{{- toJson $names -}}
{{- end -}}

{{/* The services that a service calls: the arrows of the design, as a JSON list. Takes name. */}}
{{- define "stoa.calls" -}}
{{- $arrows := dict
  "ingestion" (list "embedding" "retrieval" "generation")
  "retrieval" (list "embedding")
  "generation" (list "embedding" "retrieval")
  "discord" (list "generation" "ingestion" "retrieval")
  "telegram" (list "generation" "ingestion" "retrieval")
  "operator" (list "generation" "ingestion") -}}
{{- toJson (get $arrows .name | default list) -}}
{{- end -}}

{{/* Whether a service uses a store: "true" or "". Takes root, name, store (database, nats, qdrant). */}}
{{- define "stoa.uses" -}}
{{- $users := dict
  "database" (list "ingestion" "generation" "migrate")
  "nats" (list "ingestion" "discord" "telegram")
  "qdrant" (list "retrieval") -}}
{{- if has .name (get $users .store) -}}true{{- end -}}
{{- end -}}

{{/* What is configured of a service: what is common, with its own over it. Lists of what is added are joined.
     Takes root, name. */}}
{{- define "stoa.values" -}}
{{- $own := get .root.Values .name | default dict -}}
{{- $all := mergeOverwrite (deepCopy .root.Values.common) (deepCopy $own) -}}
{{- range $key := list "extraEnv" "extraEnvFrom" "extraVolumes" "extraVolumeMounts" "initContainers" "sidecars" "tolerations" -}}
{{- $_ := set $all $key (concat (get $.root.Values.common $key | default list) (get $own $key | default list)) -}}
{{- end -}}
{{- toYaml $all -}}
{{- end -}}

{{/* Whether a service keeps its data on a claim of its own, and so runs once: "true" or "". Takes root, name. */}}
{{- define "stoa.stateful" -}}
{{- if eq .name "retrieval" -}}
{{- if not .root.Values.qdrant.url -}}true{{- end -}}
{{- else if eq .name "ingestion" -}}
{{- if not (or .root.Values.blobs.url .root.Values.blobs.existingClaim) -}}true{{- end -}}
{{- end -}}
{{- end -}}

{{/* An image by digest, or by tag. Takes root, image, and may take tag, the tag where none is set. */}}
{{- define "stoa.image" -}}
{{- $registry := .root.Values.global.imageRegistry | default .image.registry -}}
{{- $name := ternary (printf "%s/%s" $registry .image.repository) .image.repository (ne $registry "") -}}
{{- if .image.digest -}}
{{- printf "%s@%s" $name .image.digest -}}
{{- else -}}
{{- printf "%s:%s" $name (.image.tag | default .tag | toString) -}}
{{- end -}}
{{- end -}}

{{- define "stoa.imagePullSecrets" -}}
{{- with concat .Values.global.imagePullSecrets .Values.imagePullSecrets | uniq }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end -}}

{{- define "stoa.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "stoa.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{/* Where a service, or a store that the chart runs, is found. Takes root, name. */}}
{{- define "stoa.host" -}}
{{- printf "%s.%s.svc" (include "stoa.componentName" .) .root.Release.Namespace -}}
{{- end -}}

{{/* The port of an address. Takes url, default. */}}
{{- define "stoa.port" -}}
{{- $host := (urlParse (splitList "," .url | first)).host -}}
{{- $port := regexFind ":[0-9]+$" $host | trimPrefix ":" -}}
{{- $port | default (ternary "80" (.default | default "443" | toString) (hasPrefix "http://" .url)) -}}
{{- end -}}

{{/* A number without an exponent, a text as it is: what an environment variable takes. */}}
{{- define "stoa.text" -}}
{{- if and (kindIs "float64" .) (eq (floor .) .) -}}{{ int64 . }}{{- else -}}{{ . }}{{- end -}}
{{- end -}}

{{/* A service: a Deployment, or a StatefulSet where it keeps its data on a claim of its own. Takes root, name. */}}
{{- define "stoa.workload" -}}
{{- $root := .root -}}
{{- $values := include "stoa.values" . | fromYaml -}}
{{- $context := dict "root" $root "name" .name "values" $values -}}
{{- $stateful := include "stoa.stateful" . -}}
apiVersion: apps/v1
kind: {{ ternary "StatefulSet" "Deployment" (ne $stateful "") }}
metadata:
  {{- $annotations := ternary (dict "stoa/replicas" "autoscaler") dict (ne (include "stoa.replicasLeftOut" $context) "") }}
  {{- include "stoa.metadata" (dict "root" $root "name" .name "annotations" (merge $annotations ($values.annotations | default dict))) | nindent 2 }}
spec:
  {{- if $stateful }}
  serviceName: {{ include "stoa.componentName" . }}
  replicas: 1
  podManagementPolicy: Parallel
  updateStrategy:
    type: RollingUpdate
  {{- else }}
  {{- include "stoa.replicas" $context | nindent 2 }}
  strategy:
    {{- if and (eq .name "ingestion") $root.Values.blobs.existingClaim (not $root.Values.blobs.shared) }}
    type: Recreate
    {{- else }}
    type: RollingUpdate
    rollingUpdate:
      maxUnavailable: 0
      maxSurge: {{ $values.maxSurge }}
    {{- end }}
  {{- end }}
  revisionHistoryLimit: {{ int $values.revisionHistoryLimit }}
  selector:
    matchLabels:
      {{- include "stoa.selectorLabels" . | nindent 6 }}
  template:
    {{- include "stoa.pod" $context | nindent 4 }}
  {{- if $stateful }}
  volumeClaimTemplates:
    {{- include "stoa.claim" (dict "root" $root "name" .name "persistence" $values.persistence "selector" (include "stoa.selectorLabels" .)) | nindent 4 }}
  {{- end }}
{{- end -}}

{{/* How many. Under an autoscaler that is its business, and left out; but where Helm has set it so far, leaving it out would
     drop it to one until the autoscaler looks again: then the number that is there stays. Takes root, name, values. */}}
{{- define "stoa.replicas" -}}
{{- if not .values.autoscaling.enabled }}
replicas: {{ int .values.replicas }}
{{- else if not (include "stoa.replicasLeftOut" .) }}
{{- $live := lookup "apps/v1" "Deployment" .root.Release.Namespace (include "stoa.componentName" .) }}
replicas: {{ max (int $live.spec.replicas) (int .values.autoscaling.minReplicas) }}
{{- end }}
{{- end -}}

{{/* Whether an autoscaler has the number of pods to itself, "true" or "": in a Deployment that is new, in one that says that it
     was left out the last time, and, where Helm applies on the server, in one whose number somebody else has set since.
     Takes root, name, values. */}}
{{- define "stoa.replicasLeftOut" -}}
{{- if .values.autoscaling.enabled -}}
{{- $live := lookup "apps/v1" "Deployment" .root.Release.Namespace (include "stoa.componentName" .) | default dict -}}
{{- $applied := false -}}
{{- $taken := false -}}
{{- range dig "metadata" "managedFields" list $live -}}
{{- if eq .operation "Apply" }}{{ $applied = true }}
{{- else if hasKey (dig "fieldsV1" "f:spec" dict .) "f:replicas" }}{{ $taken = true }}{{ end -}}
{{- end -}}
{{- if or (not $live) (hasKey (dig "metadata" "annotations" dict $live) "stoa/replicas") (and $applied $taken) -}}true{{- end -}}
{{- end -}}
{{- end -}}

{{/* The claim of a StatefulSet. Takes root, name, persistence, selector. */}}
{{- define "stoa.claim" -}}
{{- $class := .persistence.storageClass | default .root.Values.global.storageClass -}}
- apiVersion: v1
  kind: PersistentVolumeClaim
  metadata:
    name: data
    labels:
      {{- .selector | nindent 6 }}
    {{- with .persistence.annotations }}
    annotations:
      {{- toYaml . | nindent 6 }}
    {{- end }}
  spec:
    accessModes:
      {{- toYaml .persistence.accessModes | nindent 6 }}
    {{- if $class }}
    storageClassName: {{ ternary "" $class (eq $class "-") | quote }}
    {{- end }}
    resources:
      requests:
        storage: {{ .persistence.size }}
{{- end -}}

apiVersion: v1
kind: ConfigMap
metadata:
    name: ingress-nginx-controller
    namespace: {{ .Release.Namespace }}
data: {{ toJson .Values.controller.config }}
---
apiVersion: apps/v1
kind: Deployment
metadata:
    name: ingress-nginx-controller
    namespace: {{ .Release.Namespace }}
spec:
    replicas: {{ .Values.controller.replicaCount }}
    selector: { matchLabels: { app.kubernetes.io/name: ingress-nginx } }
    template:
        metadata: { labels: { app.kubernetes.io/name: ingress-nginx } }
        spec:
            containers:
                - name: controller
                  image: registry.example.com/controller:v1.15.1
                  args:
                      {{- range $name, $value := .Values.controller.extraArgs }}
                      - "--{{ $name }}={{ $value }}"
                      {{- end }}
{{- if .Values.controller.ingressClassResource.enabled }}
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: { name: {{ .Values.controller.ingressClassResource.name }} }
spec: { controller: k8s.io/ingress-nginx }
{{- end }}

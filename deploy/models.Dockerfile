# The image that brings the models to the chart (models.source: image): files under /models, and a cp. Made out of the folder
# that deploy/setup.sh fills:
#   buildah bud -f deploy/models.Dockerfile -t localhost/stoa/models:0.1.0 ~/.cache/stoa/models
ARG BASE=docker.io/library/busybox:1.37.0
FROM ${BASE}
COPY --chown=65532:65532 multilingual-e5-small /models/multilingual-e5-small
USER 65532:65532

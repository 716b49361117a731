{% set family = cookiecutter.cloud_target.split("-")[0] %}
# What a job sources before it needs {{ "the stored data or " if family in ("aws", "gcp", "azure") }}the registry of models.

# A fork has no password of the registry: its candidate is judged without a champion.
if [ -n "$CHANGE_FORK" ]; then unset MLFLOW_TRACKING_URI; fi
{% if family in ("aws", "gcp", "azure") %}

# The cloud's libraries exchange the job's token for the rights of the identity, without any key.
{% include "ci/jenkins/" ~ family ~ ".sh" %}
{% endif %}

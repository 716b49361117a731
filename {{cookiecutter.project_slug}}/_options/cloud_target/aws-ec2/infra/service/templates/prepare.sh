#!/bin/bash
# Gets what the container needs before each of its starts: the image, and the API keys.
# The variables are those of release.env, and of the unit.
set -euo pipefail
umask 077

# What a start that was cut short has left.
docker rm --force {{ cookiecutter.project_slug }} >/dev/null 2>&1 || true

# An image is what its digest says: what is here needs no registry.
if ! docker image inspect "$IMAGE" >/dev/null 2>&1; then
    aws ecr get-login-password --region "$REGION" |
        docker login --username AWS --password-stdin "${IMAGE%%/*}"
    docker pull --quiet "$IMAGE"
fi

# Into a file in memory: an argument could be seen in the list of processes.
keys=$(aws secretsmanager get-secret-value --region "$REGION" --secret-id "$SECRET" \
    --query SecretString --output text)
if [[ -z $keys || $keys == None || $keys == *$'\n'* ]]; then
    echo "The secret $SECRET has to be API keys, separated by commas, in one line." >&2
    exit 1
fi
printf 'API_KEYS=%s\n' "$keys" >"$RUNTIME_DIRECTORY/secret.env"

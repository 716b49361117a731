#!/usr/bin/env bash
# Gives Elasticsearch what the logs need. Run again, it changes what has changed.
set -euo pipefail
cd "$(dirname "$0")/elasticsearch"

# put PATH: sends what comes in. The password is no argument, which other processes could see.
put() {
    curl --silent --show-error --fail-with-body --request PUT "$ELASTICSEARCH_URL/$1" \
        --config <(printf 'user = "elastic:%s"\n' "$ELASTIC_PASSWORD") \
        --header 'Content-Type: application/json' --data-binary @-
    echo "  $1"
}

printf '{"password": "%s"}' "$KIBANA_PASSWORD" | put _security/user/kibana_system/_password
put _security/role/filebeat_writer < role.json
printf '{"password": "%s", "roles": ["filebeat_writer"]}' "$FILEBEAT_PASSWORD" |
    put _security/user/filebeat_writer

put _ilm/policy/{{ cookiecutter.package_name }} < lifecycle.json
put _ilm/policy/{{ cookiecutter.package_name }}.input < lifecycle-input.json
put _ingest/pipeline/{{ cookiecutter.package_name }} < pipeline.json
put _component_template/{{ cookiecutter.package_name }} < mappings.json
put _index_template/{{ cookiecutter.package_name }} < template.json
put _index_template/{{ cookiecutter.package_name }}.input < template-input.json

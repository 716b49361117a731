            options {
                withFolderProperties()
                timeout(time: 2, unit: 'HOURS')
            }
{% if cookiecutter.cloud_target != "local" %}
            environment {
{% if cloud %}
                IDENTITY = "${env.{{ cloud.variable % "DEPLOY" }} ?: ''}"
{% endif %}
                DOCKER_CONFIG = "${env.WORKSPACE_TMP}/docker" // what signs in to the registry
            }
{% endif %}

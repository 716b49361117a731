            options {
                withFolderProperties()
                timeout(time: 2, unit: 'HOURS')
            }
{% if cloud %}
            environment {
                IDENTITY = "${env.{{ cloud.variable % "DEPLOY" }} ?: ''}"
            }
{% endif %}

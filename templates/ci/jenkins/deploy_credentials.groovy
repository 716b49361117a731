                withCredentials((env.MLFLOW_TRACKING_USERNAME ? [
                    string(credentialsId: 'MLFLOW_TRACKING_PASSWORD', variable: 'MLFLOW_TRACKING_PASSWORD')
{% if cookiecutter.cloud_target in ("local", "kubernetes", "gcp-cloud-run") %}
                ] : []) + (env.API_KEY_CREDENTIAL ? [
                    string(credentialsId: env.API_KEY_CREDENTIAL, variable: 'API_KEY')
{% endif %}
{% if cloud %}
                ] : []) + (env.IDENTITY ? [
                    file(credentialsId: '{{ cloud.name }}-id-token', variable: 'ID_TOKEN_FILE')
{% elif cookiecutter.cloud_target == "kubernetes" %}
                ] : []) + (env.REGISTRY_USER ? [
                    string(credentialsId: 'REGISTRY_PASSWORD', variable: 'REGISTRY_PASSWORD'),
                    file(credentialsId: 'KUBE_CONFIG', variable: 'KUBE_CONFIG'),
                    file(credentialsId: 'KUBE_CONFIG', variable: 'KUBECONFIG')
{% endif %}
                ] : [])) {

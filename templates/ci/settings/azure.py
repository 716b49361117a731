ID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
PLATFORM = (
    Setting("AZURE_SUBSCRIPTION_ID", "what pays for everything", "delivery", pattern=ID),
    Setting("AZURE_TENANT_ID", "the directory of the identities", "delivery", pattern=ID),
{% if cookiecutter.ci_provider == "github-actions" %}
    Setting("AZURE_READ_CLIENT_ID", "reads data for pull requests", "stored data", pattern=ID),
{% endif %}
    Setting("AZURE_TRAIN_CLIENT_ID", "reads and adds data, to retrain", "stored data", pattern=ID),
    Setting("AZURE_DEPLOY_CLIENT_ID", "pushes images and deploys them", "delivery", pattern=ID),
)

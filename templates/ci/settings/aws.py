ROLE = r"arn:aws[a-z-]*:iam::\d{12}:role/.+"
PLATFORM = (
    Setting("AWS_REGION", "where everything is", "delivery", pattern=r"[a-z]+(-[a-z]+)+-\d"),
    Setting("AWS_READ_ROLE_ARN", "reads data for changes", "stored data", pattern=ROLE),
    Setting("AWS_TRAIN_ROLE_ARN", "reads and adds data, to retrain", "stored data", pattern=ROLE),
    Setting("AWS_DEPLOY_ROLE_ARN", "pushes images and deploys them", "delivery", pattern=ROLE),
)

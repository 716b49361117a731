if [ -n "$ID_TOKEN_FILE" ]; then
    export AWS_ROLE_ARN="$IDENTITY" AWS_WEB_IDENTITY_TOKEN_FILE="$ID_TOKEN_FILE"
    export AWS_ROLE_SESSION_NAME="{{ cookiecutter.project_slug }}-$BUILD_NUMBER"
fi

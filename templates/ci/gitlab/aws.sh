
# Sign in as a role, without a stored key: the SDKs read the token from a file, and exchange it.
# Without a role, as in a project that has no cloud yet, the job runs without one.
sign_in() {
    [ -n "$1" ] || return 0
    AWS_WEB_IDENTITY_TOKEN_FILE=$(secret_file "$ID_TOKEN")
    AWS_ROLE_ARN=$1
    AWS_ROLE_SESSION_NAME=gitlab-$CI_PROJECT_ID-$CI_JOB_ID
    export AWS_ROLE_ARN AWS_ROLE_SESSION_NAME AWS_WEB_IDENTITY_TOKEN_FILE
}

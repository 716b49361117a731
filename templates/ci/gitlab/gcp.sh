
# Sign in as a service account, without a stored key: the libraries read the token from a file, and
# exchange it. Without an account, as in a project that has no cloud yet, the job runs without one.
sign_in() {
    [ -n "$1" ] || return 0
    GOOGLE_APPLICATION_CREDENTIALS=$(secret_file "$(external_account "$1" "$(secret_file "$ID_TOKEN")")")
    export GOOGLE_APPLICATION_CREDENTIALS
}

external_account() {
    cat <<JSON
{
    "type": "external_account",
    "audience": "//iam.googleapis.com/$GCP_WORKLOAD_IDENTITY_PROVIDER",
    "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
    "token_url": "https://sts.googleapis.com/v1/token",
    "service_account_impersonation_url": "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/$1:generateAccessToken",
    "credential_source": {"file": "$2"}
}
JSON
}

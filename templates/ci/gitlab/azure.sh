
# Sign in as an application, without a stored key: the libraries and Terraform read the token from a
# file, and exchange it. Without an application, as in a project that has no cloud yet, the job runs
# without one.
sign_in() {
    [ -n "$1" ] || return 0
    AZURE_FEDERATED_TOKEN_FILE=$(secret_file "$ID_TOKEN")
    export AZURE_FEDERATED_TOKEN_FILE AZURE_CLIENT_ID="$1" AZURE_TENANT_ID
    export ARM_USE_OIDC=true ARM_OIDC_TOKEN_FILE_PATH="$AZURE_FEDERATED_TOKEN_FILE"
    export ARM_CLIENT_ID="$1" ARM_TENANT_ID="$AZURE_TENANT_ID"
    export ARM_SUBSCRIPTION_ID="$AZURE_SUBSCRIPTION_ID"
}

if [ -n "$ID_TOKEN_FILE" ]; then
    export GOOGLE_APPLICATION_CREDENTIALS="$WORKSPACE_TMP/google.json"
    printf '{
      "type": "external_account",
      "audience": "//iam.googleapis.com/%s",
      "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
      "token_url": "https://sts.googleapis.com/v1/token",
      "service_account_impersonation_url":
        "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/%s:generateAccessToken",
      "credential_source": {"file": "%s"}
    }' "$GCP_WORKLOAD_IDENTITY_PROVIDER" "$IDENTITY" "$ID_TOKEN_FILE" \
        >"$GOOGLE_APPLICATION_CREDENTIALS"
fi

{# Whether each subject has just the identities that are said of it. #}
      join(" ", [
        for identity in ["read", "train", "deploy"] : identity
        if can(regex(regex("matches\\('(.*)'\\)", google_iam_workload_identity_pool_provider.ci[0].attribute_mapping["attribute.${identity}"])[0], subject))
      ]) == identities

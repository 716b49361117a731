"""The API keys of an environment, in AWS Secrets Manager."""

import secrets

from botocore.exceptions import ClientError

from . import aws
from .release import DeploymentError


def shared(secret: str) -> str:
    """Return a key that instances old and new accept; the first one is made here.

    While keys are exchanged, the secret is `new,old`: the last one is the one that all have.

    Raises DeploymentError if the secret cannot be read, or holds no key.
    """
    with aws.explained("Reading the API keys"):
        client = aws.client("secretsmanager")
        try:
            value = str(client.get_secret_value(SecretId=secret)["SecretString"])
        except ClientError as error:
            # It is there, but nothing has been put into it.
            if aws.code(error) != "ResourceNotFoundException":
                raise
            value = secrets.token_urlsafe(32)
            client.put_secret_value(SecretId=secret, SecretString=value)
    keys = [key.strip() for key in value.split(",") if key.strip()]
    if not keys:
        raise DeploymentError(f"The secret {secret} holds no API key.")
    return keys[-1]

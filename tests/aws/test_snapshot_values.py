"""Which values of a stack a snapshot writes down, and which it withholds."""

from __future__ import annotations

import pytest

from flowguard.aws.snapshot_values import looks_secret


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WebhookUrl", "https://example.com/x"),
        ("SlackWebhook", "https://example.com/x"),
        ("DeployWebHookURI", "https://example.com/x"),
        ("PresignedUrl", "https://example.com/x"),
        ("SigningKey", "x"),
        ("DbPassword", "x"),
        ("Alerts", "https://hooks.slack.com/services/T0/B0/x"),
        ("Alerts", "https://acme.webhook.office.com/webhookb2/x"),
        ("Alerts", "https://discord.com/api/webhooks/1/x"),
        ("Download", "https://b.s3.amazonaws.com/k?X-Amz-Signature=ab12"),
        ("Storage", "https://acme.blob.core.windows.net/c?sv=1&sig=ab12"),
        ("Cache", "redis://:hunter22@cache:6379/0"),
        ("Database", "postgres://ann:hunter22@db/shop"),
    ],
)
def test_what_lets_somebody_in_is_withheld(name: str, value: str) -> None:
    assert looks_secret(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ApiUrl", "https://api.example.com/prod"),
        ("SecretArn", "arn:aws:secretsmanager:eu-central-1:1:secret:x"),
        ("TokenTtl", "3600"),
        ("Design", "https://example.com/?design=round"),
        ("WebhookUrl", ""),
    ],
)
def test_what_says_where_something_is_stays(name: str, value: str) -> None:
    assert not looks_secret(name, value)

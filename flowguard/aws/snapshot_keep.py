"""Where the templates of a snapshot go, since they may hold secrets.

The Serverless Framework writes the decrypted value of a parameter into the template
that it deploys. So a template goes into a private bucket, or into a file that a key
of KMS has encrypted, and never into the snapshot itself.
"""

from __future__ import annotations

import hashlib
import json
import os
import pathlib
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from botocore.exceptions import ClientError

from flowguard import spoken
from flowguard.aws.answers import error_code, remedy, unanswered
from flowguard.aws.session import Aws
from flowguard.errors import FlowGuardError, UsageError
from flowguard.files import write_private
from flowguard.model.questions import T
from flowguard.model.snapshot import Kept, Snapshot

SCHEMA = "flowguard.sealed/1"
MEMORY = "memory:"
"""Where a text is that only this process has."""
SNAPSHOT = "snapshot.json"
"""What the snapshot itself is called, beside its texts."""
_URL = re.compile(
    r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(?P<prefix>.*))?"
)
_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class Texts:
    """What is to be kept of one snapshot."""

    stack_id: str
    folder: str
    """The name of the stack and the time: no other snapshot has the same."""
    by_name: Mapping[str, str]
    """`original`, `processed` and `values`, as far as there are such."""


def folder(stack_name: str, taken_at: datetime) -> str:
    """The name of what is kept of one snapshot: no other has the same."""
    return f"{stack_name}/{taken_at:%Y%m%dT%H%M%S%fZ}"


def owner(aws: Aws) -> dict[str, str]:
    """So that S3 refuses where another account has taken a bucket's name."""
    account_id = aws.place.account_id
    return {"ExpectedBucketOwner": account_id} if account_id else {}


class NotAsKeptError(FlowGuardError):
    """What lies where a text was kept is not that text, or nothing lies there."""


class Keeper(Protocol):
    """Keeps the texts of a snapshot."""

    def keep(self, texts: Texts) -> Mapping[str, Kept]:
        """Keep them, and say where, by name.

        Raises `FlowGuardError` where that cannot be done safely.
        """


def digest(text: str) -> Kept:
    """What a text is known by, with no place where it is kept."""
    data = text.encode()
    return Kept(hashlib.sha256(data).hexdigest(), len(data))


class Nowhere:
    """Keeps the digests alone: what is there later can be compared, not restored."""

    def keep(self, texts: Texts) -> Mapping[str, Kept]:
        """The digests."""
        return {name: digest(text) for name, text in texts.by_name.items()}


@dataclass(frozen=True, slots=True)
class Memory:
    """Keeps them in this process alone, for the deploy that it stands guard over."""

    texts: dict[str, str] = field(default_factory=dict)
    """By digest."""

    def keep(self, texts: Texts) -> Mapping[str, Kept]:
        """Remember them."""
        kept = {name: digest(text) for name, text in texts.by_name.items()}
        self.texts.update(
            (kept[name].sha256, text) for name, text in texts.by_name.items()
        )
        return {name: replace(found, location=MEMORY) for name, found in kept.items()}


# --- in S3 --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bucket:
    """Keeps them as objects of a bucket that is private and keeps old versions."""

    aws: Aws
    bucket: str
    prefix: str = ""

    def keep(self, texts: Texts) -> Mapping[str, Kept]:
        """Check the bucket, then put each text into it."""
        self._require_private()
        return {
            name: self._put(name, text, texts.folder)
            for name, text in texts.by_name.items()
        }

    def place(self, snapshot: Snapshot) -> str:
        """`s3://bucket/folder` of what is kept of a snapshot."""
        parts = (self.prefix, folder(snapshot.stack_name, snapshot.taken_at))
        return f"s3://{self.bucket}/{'/'.join(part for part in parts if part)}"

    def keep_itself(self, snapshot: Snapshot, text: str) -> None:
        """Put the snapshot's own file beside its texts, for the run that goes back to
        it. Raises `FlowGuardError` as `keep` does."""
        if not snapshot.exists:
            self._require_private()  # nothing was kept of it yet
        self._put(SNAPSHOT, text, folder(snapshot.stack_name, snapshot.taken_at))

    def _put(self, name: str, text: str, folder: str) -> Kept:
        key = "/".join(part for part in (self.prefix, folder, name) if part)
        answer = _need(
            lambda: self.aws.call(
                "s3",
                "put_object",
                Bucket=self.bucket,
                Key=key,
                Body=text.encode(),
                ServerSideEncryption="AES256",
                ContentType="text/plain; charset=utf-8",
                **owner(self.aws),
            ),
            "s3:PutObject",
            f"cannot keep {name} in s3://{self.bucket}",
        )
        kept = digest(text)
        where = f"s3://{self.bucket}/{key}"
        return Kept(kept.sha256, kept.size, where, answer.get("VersionId", ""))

    def _require_private(self) -> None:
        """Raises `FlowGuardError` for a bucket that others might read, or that loses
        what is written over, or of which nobody can tell."""
        for wrong, fix in self._faults():
            raise FlowGuardError(
                f"no template is put into s3://{self.bucket}: {wrong}", help=fix
            )

    def _faults(self) -> Iterator[tuple[str, str]]:
        name = self.bucket
        enabled = "--versioning-configuration Status=Enabled"
        versioning = self._ask("get_bucket_versioning", "s3:GetBucketVersioning")
        if versioning.get("Status") != "Enabled":
            yield (
                "it keeps no versions",
                f"aws s3api put-bucket-versioning --bucket {name} {enabled}",
            )
        block = self._ask(
            "get_public_access_block",
            "s3:GetBucketPublicAccessBlock",
            absent="NoSuchPublicAccessBlockConfiguration",
        ).get("PublicAccessBlockConfiguration", {})
        names = (
            "BlockPublicAcls",
            "IgnorePublicAcls",
            "BlockPublicPolicy",
            "RestrictPublicBuckets",
        )
        if missing := [setting for setting in names if not block.get(setting)]:
            settings = ",".join(f"{setting}=true" for setting in names)
            options = f"--public-access-block-configuration {settings}"
            yield (
                f"it does not block public access ({', '.join(missing)})",
                f"aws s3api put-public-access-block --bucket {name} {options}",
            )

    def _ask(self, operation: str, permission: str, absent: str = "") -> dict[str, Any]:
        return _need(
            lambda: self.aws.call(
                "s3", operation, Bucket=self.bucket, **owner(self.aws)
            ),
            permission,
            f"nobody can tell whether s3://{self.bucket} is private",
            {absent: {}} if absent else {},
        )


def bucket(aws: Aws, url: str) -> Bucket:
    """The keeper for `s3://bucket/prefix`; raises `UsageError` for another text."""
    if not (parts := _URL.fullmatch(url)):
        raise UsageError(
            f"{spoken.option('keep')} {url!r} is no place in S3",
            help=f"write {spoken.option('keep', 's3://BUCKET/PREFIX')}",
        )
    return Bucket(aws, parts["bucket"], (parts["prefix"] or "").strip("/"))


# --- in a file ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SealedFile:
    """Keeps them in one file, encrypted (AES-256-GCM) by a data key of KMS.

    KMS itself encrypts 4 KB at most, and a template has up to 1 MB.
    """

    aws: Aws
    key_arn: str
    path: pathlib.Path

    def keep(self, texts: Texts) -> Mapping[str, Kept]:
        """Write the file; what it held before is gone."""
        seal = _cipher()
        context = {"flowguard:stack": texts.stack_id}
        data_key = _need(
            lambda: self.aws.call(
                "kms",
                "generate_data_key",
                KeyId=self.key_arn,
                KeySpec="AES_256",
                EncryptionContext=context,
            ),
            "kms:GenerateDataKey",
            f"the key {self.key_arn} gives no data key",
        )
        cipher = seal(data_key["Plaintext"])
        document = {
            "schema": SCHEMA,
            "key_arn": data_key["KeyId"],
            "data_key": b64encode(data_key["CiphertextBlob"]).decode(),
            "context": context,
            "texts": {
                name: _sealed(cipher, name, text)
                for name, text in texts.by_name.items()
            },
        }
        try:
            write_private(self.path, json.dumps(document, indent=2) + "\n")
        except OSError as error:
            raise UsageError(
                f"cannot write the templates to {self.path}: {error.strerror}",
                help="name a file in a folder that can be written to",
            ) from error
        kept = {name: digest(text) for name, text in texts.by_name.items()}
        return {
            name: Kept(of.sha256, of.size, self.path.name) for name, of in kept.items()
        }


def _sealed(cipher: Any, name: str, text: str) -> dict[str, str]:
    nonce = os.urandom(_NONCE_BYTES)
    # Bound to its name, so that no text can be put in another's place.
    sealed = cipher.encrypt(nonce, text.encode(), name.encode())
    return {"nonce": b64encode(nonce).decode(), "text": b64encode(sealed).decode()}


def _cipher() -> Callable[[bytes], Any]:
    """AES-GCM; raises `UsageError` where the library for it is not installed."""
    try:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    except ImportError as error:
        raise UsageError(
            f"{spoken.option('kms-key')} needs the library cryptography, which encrypts",
            help="pip install 'flowguard[kms]', or use "
            + spoken.option("keep", "s3://BUCKET/PREFIX"),
        ) from error
    return AESGCM


# --- back again ---------------------------------------------------------------


def read(aws: Aws, snapshot: Snapshot, name: str, folder: pathlib.Path) -> str:
    """A text that a snapshot kept: `original`, `processed` or `values`.

    `folder` is that of the snapshot's file. Raises `FlowGuardError` where it was
    not kept or cannot be read, and `NotAsKeptError` where it is not what was kept.
    """
    kept: Kept | None = getattr(snapshot, name)
    if kept is None or not kept.location:
        raise FlowGuardError(
            f"the {name} template was not kept with the snapshot",
            help="take snapshots with "
            + spoken.either(("keep", "s3://BUCKET/PREFIX"), ("kms-key", "ARN")),
        )
    if kept.location.startswith("s3://"):
        text = _from_bucket(aws, kept)
    else:
        text = _from_file(aws, folder / kept.location, name)
    if digest(text).sha256 != kept.sha256:
        raise _not_as_kept(kept)
    return text


def _not_as_kept(kept: Kept) -> NotAsKeptError:
    return NotAsKeptError(
        f"{kept.location} is not what the snapshot kept there",
        help="somebody has changed it: restore the version that was kept, or "
        "deploy the previous release again",
    )


def _from_bucket(aws: Aws, kept: Kept) -> str:
    found = _object(aws, kept)
    if found is None:
        raise _not_as_kept(kept)
    data: bytes = found["Body"].read()
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise _not_as_kept(kept) from None


def object_at(aws: Aws, location: str, largest: int) -> tuple[str, Kept]:
    """The newest text at `s3://bucket/key`, and what it is known by.

    Raises `FlowGuardError` where it cannot be read, or has more bytes than `largest`.
    """
    found = _object(aws, Kept("", location=location)) or {}
    data: bytes = found["Body"].read(largest + 1) if found else b""
    if not data or len(data) > largest:
        why = "it is too large" if data else "it is gone, or empty"
        raise FlowGuardError(
            f"cannot read {location}: {why}",
            help="see who changed it; its older versions are still there",
        )
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise FlowGuardError(
            f"cannot read {location}: it is no text", help="see who changed it"
        ) from None
    return text, replace(
        digest(text), location=location, version_id=found.get("VersionId", "")
    )


def _object(aws: Aws, kept: Kept) -> dict[str, Any] | None:
    """S3's answer, in that version where one is named; None where there is no such."""
    name, _, key = kept.location.removeprefix("s3://").partition("/")
    version = {"VersionId": kept.version_id} if kept.version_id else {}
    asked = {"Bucket": name, "Key": key, **version, **owner(aws)}
    return _need(
        lambda: aws.call("s3", "get_object", **asked),
        "s3:GetObjectVersion" if version else "s3:GetObject",
        f"cannot read {kept.location}",
        {"NoSuchKey": None, "NoSuchVersion": None},
    )


def _from_file(aws: Aws, path: pathlib.Path, name: str) -> str:
    seal = _cipher()
    try:
        document = json.loads(path.read_text("utf-8"))
        entry = document["texts"][name]
        nonce, sealed = b64decode(entry["nonce"]), b64decode(entry["text"])
        data_key = b64decode(document["data_key"])
        key_arn, context = document["key_arn"], document["context"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FlowGuardError(
            f"cannot read the templates in {path.name}: {type(error).__name__}",
            help="put the file beside the snapshot, as it was written",
        ) from error
    opened = _need(
        lambda: aws.call(
            "kms",
            "decrypt",
            CiphertextBlob=data_key,
            KeyId=key_arn,
            EncryptionContext=context,
        ),
        "kms:Decrypt",
        f"the key of {path.name} cannot be used",
    )
    try:
        text: bytes = seal(opened["Plaintext"]).decrypt(nonce, sealed, name.encode())
    except Exception as error:  # cryptography's InvalidTag
        raise FlowGuardError(
            f"{path.name} was changed since it was written",
            help="put the file beside the snapshot, as it was written",
        ) from error
    return text.decode()


def _need(
    ask: Callable[[], T], permission: str, what: str, absent: Mapping[str, T] = {}
) -> T:
    """The answer; raises `FlowGuardError` with `what` where there is none.

    `absent` has an answer for each error code that is one.
    """
    try:
        return ask()
    except Exception as error:
        code = error_code(error) if isinstance(error, ClientError) else ""
        if code in absent:
            return absent[code]
        unknown = unanswered(error, permission)
        raise FlowGuardError(
            f"{what}: {unknown.reason}",
            help=remedy(unknown),
        ) from error

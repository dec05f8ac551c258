"""The object store's keys: what cannot be meant is refused in a sentence, and secrets are nobody's to read."""

from pathlib import Path

import pytest

from sefaw_rtc.config import load, shown
from sefaw_rtc.errors import ConfigError
from sefaw_rtc.objects import place_of

GIVEN = {
    "SEFAW_S3_BUCKET": "recordings",
    "SEFAW_S3_ENDPOINT": "https://s3.hospital.example",
    "SEFAW_S3_ACCESS_KEY": "AKIA",
    "SEFAW_S3_SECRET_KEY": "very-secret",
}


def test_off_by_default() -> None:
    assert place_of(load(None, {}).config) is None


def test_what_opens_it_is_shown_nowhere() -> None:
    loaded = load(None, GIVEN)
    place = place_of(loaded.config)
    assert place is not None
    assert (place.secret_key, place.allow_http, place.name) == (
        "very-secret",
        False,
        "https://s3.hospital.example/recordings/",
    )
    assert "very-secret" not in repr(place) + shown(loaded)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"SEFAW_S3_SECRET_KEY": ""}, "credentials are not"),
        ({"SEFAW_S3_ENDPOINT": "http://s3.hospital.example"}, "plain HTTP to s3.hospital.example"),
        ({"SEFAW_S3_ENDPOINT": "s3.hospital.example"}, "s3.endpoint must be an address"),
        ({"SEFAW_S3_ENDPOINT": "https://user:word@s3.hospital.example"}, "s3.endpoint must be an address"),
        ({"SEFAW_S3_PREFIX": "no-slash"}, "s3.prefix"),
        ({"SEFAW_S3_PREFIX": "../up/"}, "s3.prefix"),
        ({"SEFAW_S3_CA_FILE": "/nowhere.pem"}, "s3.ca_file"),
        ({"SEFAW_S3_CREDENTIALS_FILE": "/nowhere"}, "s3.credentials_file"),
    ],
)
def test_what_cannot_be_meant_is_said(changed: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        load(None, GIVEN | changed)


@pytest.mark.parametrize("changed", [{"SEFAW_S3_ENDPOINT": "http://127.0.0.1:9000"}, {"SEFAW_S3_ALLOW_HTTP": "true"}])
def test_plain_http_is_for_this_machine_or_where_it_is_wanted(changed: dict[str, str]) -> None:
    endpoint = {"SEFAW_S3_ENDPOINT": "http://s3.hospital.example"}
    place = place_of(load(None, GIVEN | endpoint | changed).config)
    assert place is not None
    assert place.allow_http


def test_the_file_of_the_credentials_is_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "s3"
    file.write_text("AKIA\nvery-secret\n")
    environ = {name: text for name, text in GIVEN.items() if "KEY" not in name}
    config = load(None, environ | {"SEFAW_S3_CREDENTIALS_FILE": str(file)}).config
    file.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        place_of(config)
    file.chmod(0o600)
    place = place_of(config)
    assert place is not None
    assert (place.access_key, place.secret_key) == ("AKIA", "very-secret")
    file.write_text("AKIA")
    with pytest.raises(ConfigError, match="second") as found:
        place_of(config)
    assert "AKIA" not in str(found.value)

"""A bundle, another one, and the authority that stamped both, made once for each file."""

import pytest

from tests.recordings.tlog import bundles
from tests.recordings.tlog.authority import Authority
from tests.recordings.tlog.bundles import ONE, OTHER, Made


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Made:
    return bundles.make(tmp_path_factory.mktemp("one"), ONE, authority)


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Made:
    return bundles.make(tmp_path_factory.mktemp("other"), OTHER, authority)

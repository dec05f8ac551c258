"""A short version of the benchmark's churn: people and players come and go, and the server keeps nothing of them."""

import pytest

from loadtest import churn


@pytest.mark.alone
def test_nothing_is_left_of_those_who_came_and_went() -> None:
    result = churn.measure("now", brief=True, connected=False)
    assert result.after.figures["sefaw_consultations"] == 1, "the demo's own"
    assert result.after.objects, "objects were counted"
    assert churn.missed(result) == []

"""Incidents of a wrong judgement: what was taken for evidence, and is none."""

from __future__ import annotations

import pytest
from incidents.marks import still_wrong
from incidents.world import World


@still_wrong("no answer at all is a pass")
@pytest.mark.parametrize("baseline", [True, False])
def test_no_answer_at_all_is_never_a_pass(site: World, baseline: bool) -> None:
    """The runner never reached the service, before the deploy or after it.

    A thread on a runner outside of the private network. Nobody can tell is 3: the
    release is kept, since nothing is known of it.
    """
    site.gone = True
    site.releases(3, baseline=baseline)

    told = site.verified()

    assert (told.code, told.acts) == (3, ())
    told.says("no answer")
    told.never_says("failed before the deploy, too", "the service works")

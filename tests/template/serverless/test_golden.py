"""The expansion gives what the real compiler gave when the golden files were made."""

from __future__ import annotations

import json

import pytest
from serverless_projects import Account, Project, inputs, projects, summary

from flowguard.template import open_template


@pytest.mark.parametrize("project", projects(), ids=str)
def test_names_are_the_compilers(project: Project) -> None:
    path = project.folder / project.service / "serverless.yml"

    template = open_template(path, project.folder).resolve(inputs(project), Account())

    assert summary(template) == json.loads(project.golden.read_text())

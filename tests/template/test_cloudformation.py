"""A template as a whole: what a run gets from it, and where everything stands."""

from __future__ import annotations

import pathlib

import pytest
from template.templates import PLACE, at, inputs, reason, resolve, start

from flowguard.errors import TemplateError
from flowguard.lookups import ExportNamed
from flowguard.model.changes import Ignore
from flowguard.model.places import Location
from flowguard.model.questions import (
    AccountState,
    Lookup,
    Observed,
    Present,
    T,
    Unknown,
    UnknownKind,
    Unresolved,
)
from flowguard.template import find, open_template
from flowguard.template.cloudformation import Artifact, CloudFormation, read_text
from flowguard.template.document import Node
from flowguard.template.text import parse

TEMPLATE = """\
Parameters:
  Stage: {Type: String, Default: dev}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: !If [IsProd, Retain, Delete]
    Metadata: {flowguard: {ignore: [name-taken]}}
    Properties:
      TableName: !Sub 'users-${Stage}'  # flowguard: ignore[naming-drift] old
      Tags:
        - Key: stage
          Value: !Ref Stage
        - !If [IsProd, {Key: a, Value: b}, !Ref AWS::NoValue]
        - Key: last
          Value: x
      Class:
        !If
          - IsProd
          - Name: prod
          - Name: dev
            Size: 1
Outputs:
  Name:
    Value: !Ref Table
    Export:
      Name: !Sub '${AWS::StackName}-table'
  OnlyProd:
    Condition: IsProd
    Value: x
    Export: {Name: prod-only}
  Plain: {Value: !ImportValue other}
"""


def test_resource() -> None:
    """A resource has its properties and attributes, worked out."""
    found = resolve(TEMPLATE)
    table = found.resources["Table"]

    assert found.dialect == "cloudformation"
    assert table.resource_type == "AWS::DynamoDB::Table"
    assert table.attributes["DeletionPolicy"] == "Delete"
    assert table.properties == {
        "TableName": "users-dev",
        "Tags": [{"Key": "stage", "Value": "dev"}, {"Key": "last", "Value": "x"}],
        "Class": {"Name": "dev", "Size": 1},
    }


def test_places() -> None:
    """A value stands where the user wrote it, and a branch where it is written."""
    table = resolve(TEMPLATE).resources["Table"]

    assert start(table.at()) == at(6, 3)
    assert start(table.at("Type")) == at(7, 11)
    assert start(table.at("DeletionPolicy")) == at(8, 42)
    assert start(table.at("Properties")) == at(10, 5)
    assert start(table.at("Properties", "TableName")) == at(11, 18)
    assert start(table.at("Properties", "Tags", 0, "Value")) == at(14, 18)
    assert start(table.at("Properties", "Tags", 1, "Key")) == at(16, 16)
    assert start(table.at("Properties", "Class", "Size")) == at(23, 19)


def test_nearest_written_ancestor() -> None:
    """What is not written stands where it would be."""
    table = resolve(TEMPLATE).resources["Table"]

    assert start(table.at("Properties", "Nope", "Deeper")) == at(10, 5)
    assert start(table.at("UpdateReplacePolicy")) == at(6, 3)


def test_exports_and_imports() -> None:
    """Exports are those of the outputs that will be there."""
    found = resolve(TEMPLATE)

    assert [(e.name, e.logical_id, start(e.location)) for e in found.exports] == [
        ("app-table", "Name", at(28, 13))
    ]
    assert [name for name, _ in found.imports] == ["other"]
    assert [r.lookup for r in found.references] == [ExportNamed(PLACE, "other")]


def test_ignores_and_sources() -> None:
    """The user's words about findings, and the text to show lines of."""
    found = resolve(TEMPLATE)

    assert [(i.rule_ids, i.logical_id) for i in found.ignores] == [
        (("naming-drift",), None),
        (("name-taken",), "Table"),
    ]
    assert isinstance(found.ignores[0], Ignore)
    assert found.sources == {"t.yaml": TEMPLATE}


def test_json_gives_the_same() -> None:
    """JSON and YAML are two ways to write one template."""
    yaml_names = resolve(
        "Resources: {Q: {Type: 'AWS::SQS::Queue', Properties: {N: !Sub '${AWS::Region}'}}}"
    )
    json_names = resolve(
        '{"Resources": {"Q": {"Type": "AWS::SQS::Queue",'
        ' "Properties": {"N": {"Fn::Sub": "${AWS::Region}"}}}}}'
    )

    assert yaml_names.resources["Q"].properties == json_names.resources["Q"].properties


@pytest.mark.parametrize(
    "more",
    [
        "Transform: Mine",
        "Transform: [AWS::LanguageExtensions, {Name: 'AWS::Include'}]",
        "Transform: [AWS::Serverless-2016-10-31, Mine]",
        "Resources: {M: {Type: 'My::Own::Thing::MODULE'}, RESOURCE}",
        "Resources: {'Fn::Transform': {Name: 'AWS::Include'}, RESOURCE}",
    ],
)
def test_names_that_the_deploy_may_add(more: str) -> None:
    """A macro or module may add what is not written: such a name is no mistake."""
    resource = "Q: {Type: 'AWS::SQS::Queue', Properties: {N: !Ref Other}}"
    if "RESOURCE" in more:
        found = resolve(more.replace("RESOURCE", resource))
    else:
        found = resolve(f"{more}\nResources: {{{resource}}}")

    name = found.resources["Q"].properties["N"]

    assert isinstance(name, Unresolved)
    assert reason(name) == (
        "'Other' is neither a parameter nor a resource of the template, as the "
        "template is written"
    )


def test_what_a_macro_will_make_of_it() -> None:
    """What only a macro understands is left out, or not known, but no error."""
    found = resolve("""
        Transform: Mine
        Resources:
          Made: {Count: 3}
          Q:
            Type: AWS::SQS::Queue
            Condition: FromTheMacro
            Properties: {N: !Join [a]}
        """)

    queue = found.resources["Q"]

    assert list(found.resources) == ["Q"]
    assert isinstance(queue.condition, Unresolved)
    assert isinstance(queue.properties["N"], Unresolved)


def test_included_parts_stay_beside_the_rest() -> None:
    """AWS::Include is left to the deploy; what stands beside it is known."""
    found = resolve("""
        Resources:
          Q:
            Type: AWS::SQS::Queue
            Properties:
              QueueName: q
              Fn::Transform: {Name: 'AWS::Include', Parameters: {Location: s3://b/k}}
        """)

    assert found.resources["Q"].properties["QueueName"] == "q"


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("[a]", at(1, 1), "a template is a mapping"),
        ("a: b", at(1, 1), "the template has no Resources"),
        ("Resources:", at(1, 1), "the template has no Resources"),
        ("Resources: {}", at(1, 1), "the template has no Resources"),
        ("a: 1\nResources: [x]", at(2, 1), "Resources must be a mapping"),
        (
            "Outputs: text\nResources: {A: {Type: X}}",
            at(1, 1),
            "Outputs must be a mapping",
        ),
        ("Resources:\n  A: text", at(2, 3), "resource A is no mapping"),
        ("Resources:\n  A: {}", at(2, 3), "resource A has no Type"),
        ("Resources:\n  A: {Type: [X]}", at(2, 13), "has a Type that is no text"),
        (
            "Resources:\n  A: {Type: X, Properties: [a]}",
            at(2, 16),
            "has Properties that are no mapping",
        ),
        (
            "Resources:\n  A: {Type: X, Condition: {a: b}}",
            at(2, 27),
            "Condition takes the name of a condition",
        ),
    ],
)
def test_refused(text: str, place: tuple[str, int, int], message: str) -> None:
    """What is no template says what is wrong, where, and what to do."""
    with pytest.raises(TemplateError) as caught:
        resolve(text)

    assert message in caught.value.message
    assert start(caught.value.location) == place
    assert caught.value.help


class Asked(AccountState):
    """An account that remembers how often it was asked."""

    def __init__(self, answers: dict[Lookup[object], Observed[object]]) -> None:
        super().__init__(answers)
        self.questions: list[Lookup[object]] = []

    def get(self, lookup: Lookup[T]) -> Observed[T]:
        self.questions.append(lookup)
        return super().get(lookup)


def test_resolved_again_only_when_an_answer_changed() -> None:
    """Rounds that change nothing give the same template, and ask all the same."""
    source = read_text(TEMPLATE, "t.yaml")
    first = source.resolve(inputs(), AccountState({}))
    account = Asked({})

    assert source.resolve(inputs(), account) is first
    assert account.questions == [ExportNamed(PLACE, "other")]
    answered = Asked({ExportNamed(PLACE, "other"): Present("x")})
    assert source.resolve(inputs(), answered) is not first
    other = source.resolve(inputs(parameters={"Stage": "prod"}), AccountState({}))
    assert other.parameters["Stage"] == "prod"


def test_values_that_another_tool_could_not_know() -> None:
    """A document may hold values that are not known; what they are part of is not."""
    here = Location("serverless.yml", 3, 5)
    cause = Unknown(UnknownKind.DENIED, "AccessDenied")
    document = parse(
        "Conditions: {C: {'Fn::Equals': [a, HOLE]}}\nResources:\n"
        "  Q: {Type: 'AWS::SQS::Queue', Condition: C, Properties: {A: !Sub HOLE,"
        " B: !Sub [HOLE, {}], C: HOLE, D: !Join ['-', [a, HOLE]]}}\n"
        "  R: {Type: 'AWS::SQS::Queue', Condition: HOLE, Properties: HOLE}\n",
        "t.yaml",
    )
    fill(document, Unresolved("${ssm:/x}", here, cause))
    source = CloudFormation(document, "", "t.yaml", Artifact("serverless"), ())
    found = source.resolve(inputs(), AccountState({})).resources

    values = [
        found["Q"].condition,
        found["R"].condition,
        *found["Q"].properties.values(),
    ]

    assert len(values) == 6
    assert {reason(value) for value in values} == {"AccessDenied"}
    assert found["Q"].properties["C"].expression == "${ssm:/x}"
    assert found["R"].properties == {}


def fill(node: Node, unresolved: Unresolved) -> None:
    """Put `unresolved` in place of each HOLE."""
    if node.value == "HOLE":
        node.value = unresolved
    for inner in (*node.mapping.values(), *node.items):
        fill(inner, unresolved)


def test_files(tmp_path: pathlib.Path) -> None:
    """Places name the file relative to the root, with forward slashes."""
    path = tmp_path / "infra" / "template.yaml"
    path.parent.mkdir()
    path.write_text("Resources: {Q: {Type: 'AWS::SQS::Queue'}}")

    found = open_template(find(path.parent), tmp_path).resolve(
        inputs(), AccountState({})
    )

    assert found.resources["Q"].at().path == "infra/template.yaml"
    assert found.name_location.path == "infra/template.yaml"


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00", b""])
def test_files_that_cannot_be_read(
    tmp_path: pathlib.Path, content: bytes | None
) -> None:
    """A file without a template in it is named in the error."""
    path = tmp_path / "t.yaml"
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)

    with pytest.raises(TemplateError) as caught:
        open_template(path, tmp_path)

    assert "t.yaml" in str(caught.value)


def test_a_long_chain_of_names_ends() -> None:
    """Names that follow from names over thousands of resources are refused."""
    chain = "\n".join(
        f"  R{n}: {{Type: 'AWS::SQS::Queue', Properties: "
        f"{{QueueName: !GetAtt R{n + 1}.QueueName}}}}"
        for n in range(3000)
    )
    last = "  R3000: {Type: 'AWS::SQS::Queue', Properties: {QueueName: x}}"

    with pytest.raises(TemplateError, match="stand in each other") as caught:
        resolve(f"Resources:\n{chain}\n{last}")

    assert caught.value.location is not None


@pytest.mark.parametrize(
    ("head", "open_ended"),
    [
        ("", False),
        ("Transform: Expander", True),
        ("Transform: AWS::LanguageExtensions", False),
    ],
)
def test_a_macro_may_add_what_is_not_written(head: str, open_ended: bool) -> None:
    """So that nobody calls removed what it adds."""
    text = f"{head}\nResources: {{T: {{Type: AWS::SNS::Topic}}}}"

    assert resolve(text).open_ended is open_ended

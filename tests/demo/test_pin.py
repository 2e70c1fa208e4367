"""The account says so when ministack is not the one whose internals it knows."""

from __future__ import annotations

from importlib import import_module

import pytest

from flowguard.demo.strict import pin
from flowguard.errors import FlowGuardError


def test_pinned_ministack_is_as_it_is_known() -> None:
    assert pin.moved() == ()


@pytest.mark.parametrize("name", pin.NAMES, ids=lambda name: name.qualified)
def test_missing_name_is_told(
    monkeypatch: pytest.MonkeyPatch, name: pin.PrivateName
) -> None:
    monkeypatch.delattr(import_module(f"ministack.{name.module}"), name.name)

    with pytest.raises(FlowGuardError) as raised:
        pin.self_test()

    assert f"{name.qualified} is gone" in raised.value.message
    assert "pip install --force-reinstall 'flowguard[demo]'" in raised.value.help


def test_changed_parameters_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    stacks = import_module("ministack.services.cloudformation.stacks")
    monkeypatch.setattr(stacks, "_provision_resource", lambda props: props)

    with pytest.raises(FlowGuardError, match=r"_provision_resource takes \(props\)"):
        pin.self_test()


def test_missing_extra_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: str) -> str:
        raise ModuleNotFoundError

    monkeypatch.setattr(pin, "version", missing)

    with pytest.raises(FlowGuardError) as raised:
        pin.self_test()

    assert raised.value.help == "install the extra: pip install 'flowguard[demo]'"

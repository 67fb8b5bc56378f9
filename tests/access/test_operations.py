from __future__ import annotations

from apps.access.rules.operations import (
    OPERATION_BITS,
    OPERATIONS,
    OPTION_DESCRIPTIONS,
    Option,
    mask_of,
    missing_names,
    needed_mask,
)


def test_every_operation_and_option_has_a_bit_of_its_own() -> None:
    names = [(name, option.value) for name, operation in OPERATIONS.items() for option in operation.options]
    masks = [mask_of({name: []}) for name in OPERATIONS]
    masks += [mask_of({name: [option]}) & ~mask_of({name: []}) for name, option in names]
    assert all(mask.bit_count() == 1 for mask in masks)
    assert len(set(masks)) == len(masks)


def test_every_operation_is_named_after_its_group_and_described() -> None:
    for name, operation in OPERATIONS.items():
        assert operation.group == "System" or name.startswith(operation.group + " ")
        assert operation.description.endswith(".")
    assert set(OPTION_DESCRIPTIONS) == set(Option)
    assert {option for operation in OPERATIONS.values() for option in operation.options} == set(Option)


def test_what_the_catalogue_does_not_know_gives_nothing() -> None:
    assert mask_of({"Service Fly": ["Privileged"], "Service View": ["Privileged"]}) == OPERATION_BITS["Service View"]
    assert needed_mask("Service Fly") is None
    assert needed_mask("Service Fly", ["Privileged"]) is None
    assert needed_mask("Service View", ["Privileged"]) is None


def test_an_option_is_needed_on_top_of_the_operation() -> None:
    needed = needed_mask("Service Create", ["Host Bind Mounts"])
    assert needed is not None
    assert mask_of({"Service Create": []}) & needed != needed
    assert mask_of({"Service Create": ["Host Bind Mounts"]}) & needed == needed


def test_what_is_missing_is_named_with_its_options() -> None:
    held = mask_of({"Service Create": ["Sysctls"]})
    assert missing_names(0, "Service Create") == ("Service Create",)
    assert missing_names(held, "Service Create", ("Sysctls", "Devices")) == ("Service Create with Devices",)

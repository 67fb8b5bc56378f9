"""The settings as a deployment uses them."""

import pytest
from django.core.management import call_command

from controlplane import settings


def test_a_deployment_check_finds_nothing() -> None:
    call_command("check", deploy=True, fail_level="WARNING")


@pytest.mark.django_db
def test_models_and_migrations_agree() -> None:
    call_command("makemigrations", check=True, dry_run=True)


def test_a_database_url_names_everything() -> None:
    database = settings._database("postgresql://us%40er:pa%2Fss@db.example:5433/quarterdeck?sslmode=require")
    assert (database["USER"], database["PASSWORD"], database["HOST"], database["PORT"]) == (
        "us@er",
        "pa/ss",
        "db.example",
        "5433",
    )
    assert database["NAME"] == "quarterdeck"
    assert database["OPTIONS"] == {"sslmode": "require"}


def test_a_database_url_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="DATABASE_URL must start with"):
        settings._database("mysql://localhost/quarterdeck")

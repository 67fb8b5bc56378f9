from django.db import migrations
from django.db.models import Max

from apps.audit.rules import chain
from apps.core import signing

_PURPOSE = "audit/ChainHead"


def _place(head):
    return {"sequence": head.sequence, "hash": head.hash}


def _place_and_lateness(head):
    return _place(head) | {"lateness_seconds": head.lateness_seconds}


def _sign_otherwise(apps, before, after):
    """Signs the end of the chain over other fields. One that is not as we signed it stays so, and goes on being found."""
    for head in apps.get_model("audit", "ChainHead").objects.filter(sequence__gt=0):
        if signing.is_mac(_PURPOSE, chain.canonical(before(head)).encode(), head.signature):
            head.signature = signing.mac(_PURPOSE, chain.canonical(after(head)).encode())
            head.save(update_fields=["signature"])


def sign_lateness(apps, editor):
    _sign_otherwise(apps, _place, _place_and_lateness)


def sign_place_alone(apps, editor):
    _sign_otherwise(apps, _place_and_lateness, _place)
    newest = apps.get_model("audit", "Entry").objects.filter(sequence__isnull=False).aggregate(time=Max("time"))["time"]
    apps.get_model("audit", "ChainHead").objects.update(newest_time=newest)


class Migration(migrations.Migration):

    dependencies = [
        ("audit", "0002_sealed_behind_signed_ends_and_searched"),
    ]

    operations = [
        migrations.RunPython(sign_lateness, sign_place_alone),
        migrations.RemoveField(model_name="chainhead", name="newest_time"),
    ]

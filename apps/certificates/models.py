from __future__ import annotations

import uuid

from django.db import models

from apps.accounts.models import User


class Authority(models.Model):
    """One of our CAs. `server` signs the server certificate, `client` signs client bundles. P-256; key sealed at rest."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    purpose = models.CharField(max_length=10, choices=[("server", "server"), ("client", "client")])
    certificate_pem = models.TextField()
    sealed_key = models.BinaryField()
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["purpose"], condition=models.Q(is_active=True), name="one_active_authority_per_purpose"
            )
        ]


class ServerCertificate(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey(Authority, on_delete=models.CASCADE, related_name="server_certificates")
    certificate_pem = models.TextField()
    sealed_key = models.BinaryField()
    names = models.JSONField()  # host names and addresses it is for
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()


class Bundle(models.Model):
    """A client bundle: the certificate's public key is the identity. The private key is handed out once and not kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="bundles")
    name = models.CharField(max_length=100)
    key_sha256 = models.CharField(max_length=64, unique=True)  # of the SubjectPublicKeyInfo's DER
    certificate_pem = models.TextField()
    serial_number = models.CharField(max_length=50)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    last_address = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="one_bundle_of_a_name_per_user")]

"""Django's settings, read from the environment once. Everything an administrator edits at run time is in `configuration`.

Environment (docs/configuration.md has the table):
    QUARTERDECK_DATA_DIR            where everything of a one-machine installation lives (var)
    QUARTERDECK_RUN_DIR             Unix sockets (DATA_DIR/run)
    QUARTERDECK_PORT                the one port (8443)
    QUARTERDECK_HOSTNAMES           names and addresses of the server certificate, comma-separated
    QUARTERDECK_MASTER_KEY_FILE     (DATA_DIR/secrets/master.key)
    QUARTERDECK_AUDIT_DIR           what the audit log keeps outside the database (DATA_DIR/audit)
    QUARTERDECK_AUDIT_SPOOL_BYTES   how much may wait there while the database is away (256 MiB)
    QUARTERDECK_ENGINE              the Docker engine to attach, unix:///… ("" : look for one)
    DATABASE_URL, REDIS_URL         or *_FILE with the value in a file; absent: SQLite and a Redis child in DATA_DIR
"""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from apps.core import crypto
from controlplane import paths

VERSION = "0.1.0"  # of the product; pyproject.toml says the same
BASE_DIR = Path(__file__).resolve().parent.parent


def _environment(name: str, default: str = "") -> str:
    """The variable, or the content of the file that NAME_FILE names, or the default."""
    if file := os.environ.get(f"{name}_FILE"):
        return Path(file).read_text().strip()
    return os.environ.get(name, default)


def _database(url: str) -> dict[str, Any]:
    """Django's database settings for `sqlite:///path` or `postgresql://user:password@host:port/name?sslmode=…`."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": parts.path,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
            },
        }
    if parts.scheme not in ("postgresql", "postgres"):
        raise ValueError("DATABASE_URL must start with postgresql:// or sqlite:///")
    query = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 300,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": query,
    }


DATA_DIR = Path(os.environ.get("QUARTERDECK_DATA_DIR", BASE_DIR / "var")).resolve()
RUN_DIR = Path(os.environ.get("QUARTERDECK_RUN_DIR", paths.run_dir(DATA_DIR))).resolve()
PORT = int(os.environ.get("QUARTERDECK_PORT", "8443"))
HOSTNAMES = [name.strip() for name in os.environ.get("QUARTERDECK_HOSTNAMES", "").split(",") if name.strip()]
ENGINE = os.environ.get("QUARTERDECK_ENGINE", "")
AUDIT_DIR = Path(os.environ.get("QUARTERDECK_AUDIT_DIR", DATA_DIR / "audit")).resolve()
AUDIT_SPOOL_BYTES = int(os.environ.get("QUARTERDECK_AUDIT_SPOOL_BYTES", str(256 * 1024 * 1024)))
MASTER_KEY_FILE = Path(os.environ.get("QUARTERDECK_MASTER_KEY_FILE", DATA_DIR / "secrets" / "master.key"))

# Sockets between our processes. All in RUN_DIR, which only our user may enter.
WEB_SOCKET = RUN_DIR / "web.sock"
STREAMS_SOCKET = RUN_DIR / "streams.sock"
GATEWAY_SOCKET = RUN_DIR / "gateway.sock"  # Docker API for our own processes, with a signed actor
PROJECTOR_SOCKET = RUN_DIR / "projector.sock"  # the projection of each cluster's objects

DATABASES = {"default": _database(_environment("DATABASE_URL", f"sqlite:///{DATA_DIR}/db.sqlite3"))}
REDIS_URL = _environment("REDIS_URL", f"unix://{RUN_DIR}/redis.sock")

# A key nobody has to set: derived from the master key, random where there is none yet (migrations in a build).
SECRET_KEY = (
    crypto.derive(crypto.read_master_key(MASTER_KEY_FILE), "django").hex() if MASTER_KEY_FILE.exists() else os.urandom(32).hex()
)
DEBUG = False
# The gateway checks Host before it forwards (edge/router), and is the only way in.
ALLOWED_HOSTS = ["*"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = False  # nothing listens without TLS
SECURE_HSTS_SECONDS = 31536000
SECURE_HSTS_INCLUDE_SUBDOMAINS = False
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "quarterdeck_csrf"
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_HEADER_NAME = "HTTP_X_CSRF_TOKEN"
CSRF_COOKIE_AGE = None
CSRF_FAILURE_VIEW = "apps.core.problems.csrf_failure"
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # HSTS for subdomains is the operator's choice: other products live under their domain
    "security.W008",  # no redirect to HTTPS: there is no plain HTTP listener
    "security.W021",  # HSTS preload likewise
]

INSTALLED_APPS = [
    "controlplane.apps.ControlPlaneConfig",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "channels",
    "apps.core.apps.CoreConfig",
    "apps.audit.apps.AuditConfig",
    "apps.configuration.apps.ConfigurationConfig",
    "apps.jobs.apps.JobsConfig",
    "apps.accounts.apps.AccountsConfig",
    "apps.access.apps.AccessConfig",
    "apps.certificates.apps.CertificatesConfig",
    "apps.orchestration.apps.OrchestrationConfig",
    "apps.gateway.apps.GatewayConfig",
    "apps.streams.apps.StreamsConfig",
]
MIDDLEWARE = [
    "controlplane.middleware.EdgeMiddleware",
    "controlplane.middleware.EitherSlashMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "controlplane.middleware.ContentSecurityPolicyMiddleware",
    "controlplane.console.FilesMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "controlplane.middleware.PolicyMiddleware",
]
ROOT_URLCONF = "controlplane.urls"
WSGI_APPLICATION = "controlplane.wsgi.application"
ASGI_APPLICATION = "controlplane.asgi.application"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {}}]

AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "full_name", "email")},
    },
]
SESSION_LIFETIME_SECONDS = 12 * 3600

LANGUAGE_CODE = "en-us"
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
APPEND_SLASH = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

CONSOLE_DIR = BASE_DIR / "frontend" / "dist"
STATIC_URL = "/ui/static/"
STATIC_ROOT = Path(os.environ.get("QUARTERDECK_STATIC_DIR", BASE_DIR / ".cache" / "static"))  # of the code, not of the data
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/ui/assets/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["apps.accounts.api.authentication.OneAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["apps.core.rest.SignedIn"],
    "DEFAULT_PARSER_CLASSES": ["apps.core.rest.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "apps.core.rest.Pagination",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_FILTER_BACKENDS": [],
    "EXCEPTION_HANDLER": "apps.audit.api.refusals.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,  # `?format=` is ours to give a meaning
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Quarterdeck",
    "DESCRIPTION": "Users, organisations, grants and audit over Docker Swarm: the REST API of Quarterdeck.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "GET_LIB_DOC_EXCLUDES": "controlplane.documentation.base_classes",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "controlplane.documentation.describe_problems",
    ],
    "ENUM_NAME_OVERRIDES": {
        "ServiceStateEnum": "apps.orchestration.api.serializers.SERVICE_STATES",
        "ObjectKindEnum": "apps.access.types.OBJECT_KINDS",
    },
}

# Job rows are the truth and the broker only wakes (ADR 0003): a lost message is found again by `jobs.sweep`.
JOBS_CELERY_APP = "controlplane.celery.app"
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1) if REDIS_URL.startswith("unix://") else REDIS_URL
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 6 * 3600,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_BEAT_SCHEDULE: dict[str, Any] = {
    "requeue jobs of dead workers": {"task": "jobs.sweep", "schedule": 15.0, "options": {"expires": 30}},
    "remove ended sessions": {"task": "accounts.purge", "schedule": 3600.0, "options": {"expires": 3600}},
    "renew certificates": {"task": "certificates.renew", "schedule": 24 * 3600.0, "options": {"expires": 3600}},
    "settle placements left by a crash": {"task": "access.settle_placements", "schedule": 30.0, "options": {"expires": 60}},
}

SERVER_NAMES = sorted({"localhost", "127.0.0.1", "::1", socket.gethostname(), *HOSTNAMES})

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("QUARTERDECK_LOG_LEVEL", "INFO")},
    "loggers": {"django.request": {"level": "ERROR"}},
}

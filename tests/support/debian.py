"""A Debian root file system made by debootstrap, as the base of images where there is no registry."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.support import programs

_SUITE = "bookworm"
_CACHE = Path(__file__).resolve().parent.parent.parent / ".cache"


def root_archive(packages: Sequence[str]) -> Path:
    """A tar archive of a minimal Debian 12 with these packages, for `docker import`. Kept in .cache by its packages.

    Raises:
        Missing: no debootstrap, no apt, or not root.
    """
    key = hashlib.sha256(" ".join([_SUITE, *packages]).encode()).hexdigest()[:16]
    archive = _CACHE / f"debian-{key}.tar"
    if archive.exists():
        return archive
    debootstrap = programs.find("debootstrap", package="debootstrap")
    if os.geteuid() != 0:
        raise programs.Missing("debootstrap needs root")
    with tempfile.TemporaryDirectory(prefix="qd-debian-", dir="/tmp", ignore_cleanup_errors=True) as root:
        included = f"--include={','.join(packages)}"
        subprocess.run([debootstrap, "--variant=minbase", included, _SUITE, root, _mirror()], check=True, capture_output=True)
        unfinished = archive.with_suffix(".part")
        archive.parent.mkdir(exist_ok=True)
        excluded = ("--exclude=./var/cache/apt/archives/*.deb", "--exclude=./dev/*", "--exclude=./var/lib/apt/lists/*")
        subprocess.run(["tar", "-C", root, *excluded, "-cf", str(unfinished), "."], check=True)
        unfinished.rename(archive)
    return archive


def _mirror() -> str:
    """The archive this machine's own apt uses."""
    apt = programs.find("apt-get", package="apt")
    asked = [apt, "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]
    lines = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.splitlines()
    mirrors = [line for line in lines if "security" not in line]
    if not mirrors:
        raise programs.Missing("apt has no package lists here (apt-get update)")
    return mirrors[0]

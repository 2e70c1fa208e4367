"""What is built is whole, holds nothing else, and is what the tests test."""

import os
import re
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from email import message_from_bytes
from pathlib import Path, PurePosixPath

import pytest

import flowguard

CHECKOUT = Path(__file__).parents[1]
PACKAGE = {
    path.relative_to(CHECKOUT).as_posix()
    for path in (CHECKOUT / "flowguard").rglob("*")
    if path.is_file() and "__pycache__" not in path.parts
}


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel and the source archive into a folder."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "--directory", str(folder)]
    subprocess.run(command, cwd=CHECKOUT, check=True, capture_output=True)
    return folder


def files_of_wheel(dist: Path) -> dict[str, bytes]:
    """Read the files of the wheel in `dist`, by path."""
    (path,) = dist.glob("*.whl")
    with zipfile.ZipFile(path) as wheel:
        return {name: wheel.read(name) for name in wheel.namelist()}


def test_the_code_under_test_is_the_one_meant() -> None:
    """`make test` means the installed wheel; a bare pytest means the checkout."""
    of_wheel = Path(sysconfig.get_path("purelib"))
    meant = of_wheel if "FLOWGUARD_TEST_WHEEL" in os.environ else CHECKOUT

    assert Path(flowguard.__file__).parents[1] == meant


def test_children_of_the_tests_run_the_same_code() -> None:
    command = [sys.executable, "-c", "import flowguard; print(flowguard.__file__)"]
    child = subprocess.run(
        command, cwd=CHECKOUT, check=True, capture_output=True, text=True
    )

    assert child.stdout.strip() == flowguard.__file__


def test_the_wheel_holds_the_package_and_nothing_else(dist: Path) -> None:
    files = set(files_of_wheel(dist))
    metadata = {name for name in files if ".dist-info/" in name}

    assert files - metadata == PACKAGE
    assert "flowguard/py.typed" in files


def test_the_wheel_says_its_version_and_licence(dist: Path) -> None:
    files = files_of_wheel(dist)
    (metadata,) = (data for name, data in files.items() if name.endswith("METADATA"))
    message = message_from_bytes(metadata)

    assert message["Version"] == flowguard.__version__
    assert message["License-Expression"] == "MIT"
    assert any(name.endswith("licenses/LICENSE") for name in files)


def test_the_source_archive_holds_no_tests(dist: Path) -> None:
    (path,) = dist.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        names = [PurePosixPath(name) for name in archive.getnames()]
    top_level = {name.parts[1] for name in names if len(name.parts) > 1}

    assert {"flowguard", "LICENSE", "pyproject.toml"} <= top_level
    assert "tests" not in top_level


@pytest.mark.parametrize("lock", sorted(p.name for p in CHECKOUT.glob("*.txt")))
def test_locks_have_hashes_and_name_no_host(lock: str) -> None:
    text = (CHECKOUT / lock).read_text()
    requirements = re.findall(
        r"^\S+==\S+(?: ;.*)? \\\n +--hash=sha256:", text, re.MULTILINE
    )

    assert requirements
    assert len(requirements) == len(re.findall(r"^[A-Za-z]", text, re.MULTILINE))
    assert "://" not in text


def test_the_lock_of_npm_has_hashes_and_names_no_registry() -> None:
    text = (CHECKOUT / "tests/acceptance/package-lock.json").read_text()

    assert '"integrity": "sha512-' in text
    assert '"resolved"' not in text

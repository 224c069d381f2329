import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement

from tests.house.tree import FLOORS, ROOT, files

BUILD = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"
WHAT_IT_IS_BUILT_FROM = {"LICENSE", "README.md", "piccolo_conf.py", "pyproject.toml"}


def test_the_wheel_holds_every_file_of_every_room(tmp_path: Path) -> None:
    ours = {str(path.relative_to(ROOT)) for path in files() if path.relative_to(ROOT).parts[0] in FLOORS}
    for name in ours | WHAT_IT_IS_BUILT_FROM:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)

    subprocess.run([sys.executable, "-c", BUILD, "dist"], cwd=tmp_path, check=True, capture_output=True)

    [wheel] = (tmp_path / "dist").glob("*.whl")
    assert ours | {"piccolo_conf.py"} <= set(ZipFile(wheel).namelist())


@pytest.mark.parametrize(("pins", "extras"), [("run.txt", ["embedded"]), ("dev.txt", ["embedded", "bench", "dev"])])
def test_the_pins_are_what_the_project_asks_for(pins: str, extras: list[str]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = project["dependencies"] + [line for extra in extras for line in project["optional-dependencies"][extra]]
    pinned = dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / "requirements" / pins).read_text(), re.MULTILINE))

    wanted = [Requirement(line) for line in asked]
    unmet = [str(each) for each in wanted if not each.specifier.contains(pinned.get(each.name.lower(), "0"))]

    assert unmet == []

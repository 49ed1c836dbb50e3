"""What lies in the repository: no registry addresses, no paths of one machine, nobody's number; a lock that fits."""

import re
import tomllib
from datetime import date

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from app.kernel.clock import utc_now
from app.reference.packaged import read_rows
from tests.architecture.sources import ROOT, tracked_texts

# Written in two halves, so that this file does not hold what it forbids.
REGISTRIES = re.compile(
    "|".join(
        re.escape(first + second)
        for first, second in (
            ("py", "pi.org"),
            ("python", "hosted.org"),
            ("npm", "js.org"),
            ("npm", "mirror.com"),
            ("proxy.go", "lang.org"),
            ("conda", ".anaconda.org"),
        )
    )
)
MACHINE_PATH = re.compile(
    r"(?<![\w.~$}/])/(?:" + "|".join(("wo" + "rk", "ro" + "ot", "ho" + "me", "Us" + "ers")) + r")/\w"
)

NUMBER = re.compile(r"(?<![0-9A-Za-z])\d{17}[\dXx](?![0-9A-Za-z])")
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
PUBLISHED_SAMPLES = {
    "11010519491231002X": "GB 11643-1999, the standard's own example",
    "810000199408230021": "residence permit of Hong Kong residents, the sample card's number",
    "610104196209276908": "upgrade of the sample 610104620927690 to 18 digits, printed in libraries' documentation",
    "110103198506150011": "abolished area 110103, made up with sequence 001",
    "110104200002290025": "abolished area 110104 and a leap day, made up with sequence 002",
    "310103197901010038": "abolished area 310103 and New Year's Day, made up with sequence 003",
}
FOUNDING_DAY = "19491001"
"""Birth date of every trainee the tests make up: whoever was born then is not a trainee of 2026."""


def area_codes() -> set[str]:
    """Every division code that ever was, short of provinces and the nation: numbers are given out below them."""
    return {row["code"] for row in read_rows("divisions.csv") if not row["code"].endswith("0000")}


def is_plausible(number: str, areas: set[str]) -> bool:
    """Whether it could be somebody's: real area, real day of birth, check character right (GB 11643-1999)."""
    total = sum(int(digit) * weight for digit, weight in zip(number, WEIGHTS, strict=False))
    if "10X98765432"[total % 11] != number[17].upper() or number[:6] not in areas:
        return False
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    return date(1900, 1, 1) <= born <= utc_now().date()


def test_no_number_could_be_somebodys() -> None:
    """A number made up for a test can belong to a person. Published samples and the founding day's are known not to."""
    areas = area_codes()
    assert len(areas) > 3000
    found = {
        f"{name}: {number[:6]}…{number[14:]}"
        for name, text in tracked_texts()
        for number in NUMBER.findall(text)
        if number.upper() not in PUBLISHED_SAMPLES
        and number[6:14] != FOUNDING_DAY
        and is_plausible(number, areas)
    }
    assert not found


def test_the_check_for_numbers_can_fail() -> None:
    """The standard's own example is plausible; with another check character it is not."""
    areas = area_codes()
    assert is_plausible("11010519491231002X", areas)
    assert not is_plausible("110105194912310021", areas)


def test_no_registry_and_no_machine_is_named() -> None:
    """Where packages come from is the machine's matter (mirrors, offline); a path of one machine works on no other."""
    found = []
    for name, text in tracked_texts():
        for number, line in enumerate(text.splitlines(), start=1):
            if REGISTRIES.search(line) or MACHINE_PATH.search(line):
                found.append(f"{name}:{number}: {line.strip()[:80]}")
    assert not found


def locked() -> dict[str, str]:
    """Version by canonical name, from requirements.lock."""
    text = (ROOT / "requirements.lock").read_text()
    return {
        canonicalize_name(name): version
        for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", text, re.MULTILINE)
    }


def test_lock_file_satisfies_the_project() -> None:
    """Every dependency, dev included, is pinned within its range: a range raised without locking again is found."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pins = locked()
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    assert len(wanted) > 40
    for line in wanted:
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate(default_environment()):
            name = canonicalize_name(requirement.name)
            assert name in pins, f"{name} is not locked"
            assert requirement.specifier.contains(pins[name], prereleases=True), (
                f"{name} {pins[name]}: {line}"
            )


def test_every_pin_is_hashed() -> None:
    """pip --require-hashes takes nothing whose bytes nobody has seen."""
    text = (ROOT / "requirements.lock").read_text()
    blocks = re.split(r"^(?=[A-Za-z0-9._-]+==)", text, flags=re.MULTILINE)[1:]
    assert len(blocks) == len(locked())
    assert not [block.partition("\n")[0] for block in blocks if "--hash=sha256:" not in block]

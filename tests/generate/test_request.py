import subprocess
import sys
from pathlib import Path, PurePosixPath

from skymason.generate.request import ServiceRequest, Use


def test_places_follow_from_the_name() -> None:
    request = ServiceRequest("order-intake", "web_api", "aws")
    assert request.folder == PurePosixPath("apps/order-intake")
    assert request.spec == PurePosixPath("services/order-intake.yaml")
    assert request.package == "order_intake"


def test_a_folder_of_its_own() -> None:
    assert ServiceRequest("a", "web_api", "aws", directory="src/a").folder == PurePosixPath("src/a")


def test_a_use_is_written_as_on_the_command_line() -> None:
    assert str(Use("wallet", "invoke")) == "wallet:invoke"


def test_generating_knows_neither_pulumi_nor_the_command_line(shared_project: Path) -> None:
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from skymason.generate.render import render\n"
        "from skymason.generate.request import ServiceRequest\n"
        "from skymason.generate import compare, names, write\n"
        "render(ServiceRequest('a-b', 'data_api', 'aws', owner='a'), Path(sys.argv[1]))\n"
        "print(*sorted(name for name in sys.modules if name.split('.')[0] in ('pulumi', 'typer', 'rich')\n"
        "      or name.startswith(('skymason.cli', 'skymason.offline'))))\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", script, str(shared_project)], capture_output=True, text=True, check=True
    )
    assert said.stdout == "\n"

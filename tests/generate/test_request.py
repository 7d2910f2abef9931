from pathlib import PurePosixPath

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

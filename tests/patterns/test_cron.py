import pytest

from skymason.patterns.cron import CronError, parse, shortest_gap


@pytest.mark.parametrize(
    ("expression", "field", "values"),
    [
        ("5 * * * *", 0, {5}),
        ("*/20 * * * *", 0, {0, 20, 40}),
        ("10/20 * * * *", 0, {10, 30, 50}),
        ("0 8-18/5 * * *", 1, {8, 13, 18}),
        ("0 0 1,15 * *", 2, {1, 15}),
        ("0 0 1 jan,JUL *", 3, {1, 7}),
        ("0 0 * * mon-fri", 4, {1, 2, 3, 4, 5}),
        ("0 0 ? * 7", 4, {7}),
        ("0 0 29 2 *", 2, {29}),
        ("0 0 31 2 mon", 2, {31}),  # or on Mondays
    ],
)
def test_fields(expression: str, field: int, values: set[int]) -> None:
    assert parse(expression)[field] == values


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("* * * *", "4 fields in place of 5"),
        ("60 * * * *", "minute: '60' is not from 0 to 59"),
        ("* -1 * * *", "hour: '' is not from 0 to 23"),
        ("* * 0 * *", "day of the month: '0' is not from 1 to 31"),
        ("* * * foo *", "month: 'foo' is not from 1 to 12"),
        ("* * * * mon-", "day of the week: '' is not from 0 to 7"),
        ("30-10 * * * *", "minute: '30-10' runs backwards"),
        ("*/x * * * *", "minute: '*/x' has no whole step above 0"),
        ("*/0 * * * *", "minute: '*/0' has no whole step above 0"),
        ("0 0 30 2 *", "day 30 never comes in the given months"),
        ("0 0 31 4,6,9,11 *", "day 31 never comes in the given months"),
    ],
)
def test_mistakes(expression: str, message: str) -> None:
    with pytest.raises(CronError) as error:
        parse(expression)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("expression", "minutes"),
    [
        ("* * * * *", 1),
        ("*/15 * * * *", 15),
        ("0 3 * * *", 1440),
        ("0 1,23 * * *", 120),
        ("50,10 * * * *", 20),
        ("*/25 * * * *", 10),
    ],
)
def test_gaps(expression: str, minutes: int) -> None:
    assert shortest_gap(expression) == minutes

"""Quotes: what a basket costs. The arithmetic, without HTTP. Replace it with the service's own."""

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Currency = Literal["CHF", "EUR", "GBP", "USD"]
Amount = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2)]
CENT = Decimal("0.01")
DISCOUNTS = ((100, Decimal("0.10")), (20, Decimal("0.05")))
"""Pieces of one article from which a part of its price is taken off, largest first."""


class Line(BaseModel):
    """Some pieces of one article."""

    model_config = ConfigDict(extra="forbid")

    article: str = Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$")
    quantity: int = Field(ge=1, le=10_000)
    unit_price: Amount


class QuoteRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    currency: Currency
    lines: list[Line] = Field(min_length=1, max_length=200)

    @model_validator(mode="after")
    def _each_article_once(self) -> "QuoteRequest":
        articles = [line.article for line in self.lines]
        twice = sorted({article for article in articles if articles.count(article) > 1})
        if twice:
            raise ValueError(f"articles are named more than once: {', '.join(twice)}")
        return self


class QuotedLine(BaseModel):
    article: str
    quantity: int
    discount: Decimal
    total: Decimal


class Quote(BaseModel):
    currency: Currency
    lines: list[QuotedLine]
    total: Decimal


def quote(request: QuoteRequest) -> Quote:
    """Work a quote out. Each line is rounded to the cent, half to even, and the total is the lines' sum."""
    lines = [_quoted(line) for line in request.lines]
    return Quote(
        currency=request.currency, lines=lines, total=sum((line.total for line in lines), Decimal("0.00"))
    )


def _quoted(line: Line) -> QuotedLine:
    rate = next((rate for least, rate in DISCOUNTS if line.quantity >= least), Decimal(0))
    full = line.quantity * line.unit_price
    discount = (full * rate).quantize(CENT, ROUND_HALF_EVEN)
    return QuotedLine(
        article=line.article,
        quantity=line.quantity,
        discount=discount,
        total=(full - discount).quantize(CENT, ROUND_HALF_EVEN),
    )

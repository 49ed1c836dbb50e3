"""Rows of the code lists (SQLModel tables do not validate; migration 0002 holds the constraints)."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, Column, Date, DateTime, FetchedValue, text
from sqlalchemy.dialects.postgresql import DATERANGE, Range
from sqlmodel import Field, SQLModel


class DivisionCodeRow(SQLModel, table=True):
    """A code that ever was (``division_code``): what foreign keys point at."""

    __tablename__ = "division_code"

    code: str = Field(primary_key=True)


class DivisionRow(SQLModel, table=True):
    """A name of a code over a half-open period (``division``)."""

    __tablename__ = "division"
    model_config = {"arbitrary_types_allowed": True}

    code: str = Field(primary_key=True, foreign_key="division_code.code")
    in_force: Range[date] = Field(sa_column=Column(DATERANGE, primary_key=True))
    name: str
    level: str
    source: str
    origin: str


class OccupationEditionRow(SQLModel, table=True):
    """An edition of the dictionary (``occupation_edition``)."""

    __tablename__ = "occupation_edition"

    edition: int = Field(primary_key=True)
    title: str
    published_on: date
    occupation_count: int | None
    source: str
    confidence: str


class BenefitLineRow(SQLModel, table=True):
    """An occupation or trade through all editions (``benefit_line``), append-only."""

    __tablename__ = "benefit_line"

    line: str = Field(primary_key=True)


class OccupationRow(SQLModel, table=True):
    """An occupation of an edition (``occupation``)."""

    __tablename__ = "occupation"

    edition: int = Field(primary_key=True, foreign_key="occupation_edition.edition")
    code: str = Field(primary_key=True)
    name: str
    benefit_line: str = Field(foreign_key="benefit_line.line")
    source: str
    confidence: str


class OccupationTradeRow(SQLModel, table=True):
    """A 工种 under an occupation (``occupation_trade``)."""

    __tablename__ = "occupation_trade"

    edition: int = Field(primary_key=True)
    code: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    benefit_line: str = Field(foreign_key="benefit_line.line")


class OccupationCrossingRow(SQLModel, table=True):
    """How an entry follows from one of an earlier edition (``occupation_crossing``)."""

    __tablename__ = "occupation_crossing"

    from_edition: int = Field(primary_key=True)
    from_code: str = Field(primary_key=True)
    to_edition: int = Field(primary_key=True)
    to_code: str = Field(primary_key=True)
    relation: str
    source: str


class SkillLevelRow(SQLModel, table=True):
    """A skill level, or ``none`` (``skill_level``)."""

    __tablename__ = "skill_level"

    code: str = Field(primary_key=True)
    rank: int
    name: str
    national_number: int | None
    is_national_qualification: bool


class KeyGroupRow(SQLModel, table=True):
    """A key group with the clause that names it (``key_group``)."""

    __tablename__ = "key_group"

    code: str = Field(primary_key=True)
    name: str
    valid_from: date
    within: str | None = Field(foreign_key="key_group.code")
    is_free_training: bool
    document: str
    clause: str


class TrainingTypeRow(SQLModel, table=True):
    """What training is for (``training_type``)."""

    __tablename__ = "training_type"

    code: str = Field(primary_key=True)
    name: str
    valid_from: date
    document: str
    clause: str


class TrainingModeRow(SQLModel, table=True):
    """How training is taught (``training_mode``)."""

    __tablename__ = "training_mode"

    code: str = Field(primary_key=True)
    name: str
    valid_from: date
    is_online: bool
    document: str
    clause: str


class CodeListLoadRow(SQLModel, table=True):
    """A load of a list (``code_list_load``), append-only; id and time come from the database."""

    __tablename__ = "code_list_load"

    load_id: UUID | None = Field(
        default=None, primary_key=True, sa_column_kwargs={"server_default": FetchedValue()}
    )
    list: str
    origin: str
    edition: str
    source: str
    content_sha256: str
    rows_read: int
    rows_changed: int
    loaded_by: str
    loaded_at: datetime | None = Field(
        default=None,
        sa_column=Column(DateTime(timezone=True), nullable=False, server_default=text("registry_now()")),
    )


class HolidayScheduleRow(SQLModel, table=True):
    """A loaded notice on the holidays of a year (``holiday_schedule``)."""

    __tablename__ = "holiday_schedule"

    schedule_id: UUID = Field(primary_key=True)
    year: int
    days_off: list[date] = Field(sa_column=Column(ARRAY(Date), nullable=False))
    days_worked: list[date] = Field(sa_column=Column(ARRAY(Date), nullable=False))
    document_number: str
    published_on: date
    loaded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))

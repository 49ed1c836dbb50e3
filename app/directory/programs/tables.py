"""Rows of the directory of programs (SQLModel tables do not validate; migration 0004 holds the constraints)."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Column, DateTime
from sqlalchemy.dialects.postgresql import DATERANGE, Range
from sqlmodel import Field, SQLModel

_INSTANT = DateTime(timezone=True)


class ProgramRow(SQLModel, table=True):
    """A program through its versions (``training_program``)."""

    __tablename__ = "training_program"

    program_id: UUID = Field(primary_key=True)
    created_at: datetime = Field(sa_column=Column(_INSTANT, nullable=False))
    created_by: UUID
    division_code: str


class ProgramVersionRow(SQLModel, table=True):
    """What a program was over a period (``training_program_version``); ``class_hours`` is computed by the database."""

    __tablename__ = "training_program_version"
    model_config = {"arbitrary_types_allowed": True}

    program_id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    name: str
    occupation_edition: int
    occupation_code: str
    skill_level: str
    training_type: str
    training_mode: str
    open_positions: int
    skill_requirements: str
    content: str
    theory_hours: int
    practice_hours: int
    safety_hours: int
    class_hours: int
    in_force: Range[date] = Field(sa_column=Column(DATERANGE, nullable=False))
    published_by: UUID
    published_at: datetime = Field(sa_column=Column(_INSTANT, nullable=False))

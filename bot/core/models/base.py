"""The base class of immutable values."""

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """Immutable value read from Webex or from the database."""

    model_config = ConfigDict(frozen=True)

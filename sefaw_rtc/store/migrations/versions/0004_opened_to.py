"""Which consultations were opened to whom: an index of the grants in their logs, for lists."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "opened_to",
        sa.Column("consultation_id", sa.String(length=26), nullable=False),
        sa.Column("key", sa.String(length=36), nullable=False),
        sa.Column("institution_id", sa.String(length=26), nullable=False),
        sa.Column("account_id", sa.String(length=26), nullable=True),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("consultation_id", "key", name=op.f("pk_opened_to")),
    )
    op.create_index("ix_opened_to_institution_id", "opened_to", ["institution_id"])

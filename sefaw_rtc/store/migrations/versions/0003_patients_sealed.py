"""Room for what is sealed: a consultation's patient and question, a draft's text. What stands in the clear is sealed by
the server when it next starts (`sealing.py`): a migration has no keys."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("consultation") as consultation:
        consultation.add_column(sa.Column("personal", sa.LargeBinary(), nullable=True))
    with op.batch_alter_table("draft") as draft:
        draft.add_column(sa.Column("sealed", sa.LargeBinary(), nullable=True))

"""The call, finished: departments, the rota, signing keys, drafts, and what lists show of opinions."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    _departments()
    _rota()
    _opinions()


def _departments() -> None:
    op.create_table(
        "department",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("institution_id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["institution_id"], ["institution.id"], name=op.f("fk_department_institution_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_department")),
        sa.UniqueConstraint("institution_id", "name", name=op.f("uq_department_institution_id_name")),
    )
    with op.batch_alter_table("account") as account:
        account.add_column(sa.Column("department_id", sa.String(length=26), nullable=True))
        account.create_foreign_key(op.f("fk_account_department_id"), "department", ["department_id"], ["id"])


def _rota() -> None:
    op.create_table(
        "shift",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("account_id", sa.String(length=26), nullable=False),
        sa.Column("starts_ms", sa.BigInteger(), nullable=False),
        sa.Column("ends_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_shift_account_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift")),
    )
    op.create_index("ix_shift_account_id", "shift", ["account_id"])
    op.create_index("ix_shift_starts_ms", "shift", ["starts_ms"])


def _opinions() -> None:
    with op.batch_alter_table("consultation") as consultation:
        consultation.add_column(sa.Column("department", sa.String(length=80), nullable=False, server_default=""))
        consultation.add_column(sa.Column("opinions", sa.Integer(), nullable=False, server_default="0"))
        consultation.add_column(sa.Column("acknowledged", sa.Integer(), nullable=False, server_default="0"))
        consultation.add_column(sa.Column("critical", sa.Boolean(), nullable=False, server_default="0"))
        consultation.add_column(sa.Column("critical_told", sa.Boolean(), nullable=False, server_default="0"))
    op.create_table(
        "signing_key",
        sa.Column("public", sa.LargeBinary(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=26), nullable=False),
        sa.Column("sealed", sa.LargeBinary(length=256), nullable=False),
        sa.Column("created_s", sa.BigInteger(), nullable=False),
        sa.Column("retired_s", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_signing_key_account_id")),
        sa.PrimaryKeyConstraint("public", name=op.f("pk_signing_key")),
    )
    op.create_index("ix_signing_key_account_id", "signing_key", ["account_id"])
    op.create_table(
        "draft",
        sa.Column("consultation_id", sa.String(length=26), nullable=False),
        sa.Column("account_id", sa.String(length=26), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("saved_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_draft_account_id")),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name=op.f("fk_draft_consultation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("consultation_id", "account_id", name=op.f("pk_draft")),
    )

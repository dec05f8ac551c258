"""Run by alembic. The connection, its transaction and its lock come from `upgrade.py` (or from `alembic` by hand:
`python -m sefaw_rtc.store.migrations MESSAGE` writes a new revision)."""

from alembic import context

from sefaw_rtc.store.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite changes a table by rebuilding it
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()

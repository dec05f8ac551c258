"""`python -m sefaw_rtc.store.migrations "what changes"`: write a revision from the difference between the newest
migration and the models. For developers; read and mend what it wrote."""

import sys
import tempfile
from pathlib import Path

from alembic import command

from sefaw_rtc.store.database import make_engine
from sefaw_rtc.store.upgrade import alembic_config, upgrade

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "draft.sqlite"
        upgrade(path)
        with make_engine(path).begin() as connection:
            config = alembic_config(connection)
            command.revision(config, message=sys.argv[1], autogenerate=True)

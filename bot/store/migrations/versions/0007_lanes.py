"""Lanes: danger before replies before what we begin"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("messages", "outbox"):
        op.add_column(table, sa.Column("lane", sa.SmallInteger(), nullable=False, server_default="1"))


def downgrade() -> None:
    for table in ("messages", "outbox"):
        op.drop_column(table, "lane")

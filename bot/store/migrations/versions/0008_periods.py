"""Retention periods of an organisation's own"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

PERIODS = ("keep_words_days", "keep_files_days", "keep_cases_days")


def upgrade() -> None:
    for name in PERIODS:
        op.add_column("organisations", sa.Column(name, sa.Integer(), nullable=True))


def downgrade() -> None:
    for name in PERIODS:
        op.drop_column("organisations", name)

"""Organisations, and row-level security as the second lock between them"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

OWNED = ("cases", "contacts", "users", "invites")
OF_A_CASE = ("case_notes", "pages")
OF_A_CONTACT = ("messages", "media", "decisions", "outbox")

# The console says in each transaction whose it is (bot/store/isolation.py); the bot and the worker say nothing.
SET = "coalesce(nullif(current_setting('helpline.organisation', true), ''), '0')"


def upgrade() -> None:
    organisations = op.create_table(
        "organisations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("countries", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
        sa.UniqueConstraint("name", name=op.f("uq_organisations_name")),
    )
    op.bulk_insert(organisations, [{"name": "Helpline", "countries": [], "created_at": datetime.now(UTC)}])
    for table in OWNED:
        op.add_column(table, sa.Column("organisation_id", sa.Integer(), nullable=False, server_default="1"))
    if op.get_bind().dialect.name == "postgresql":
        for table, rule in _rules():
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")  # for the owner of the table too
            op.execute(f"CREATE POLICY organisation ON {table} USING ({SET} = '0' OR {rule})")


def _rules() -> list[tuple[str, str]]:
    return [
        *((table, f"organisation_id::text = {SET}") for table in OWNED),
        *((table, "case_id IN (SELECT id FROM cases)") for table in OF_A_CASE),
        *((table, "contact_id IN (SELECT id FROM contacts)") for table in OF_A_CONTACT),
    ]


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table, _ in _rules():
            op.execute(f"DROP POLICY organisation ON {table}")
            op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    for table in OWNED:
        op.drop_column(table, "organisation_id")
    op.drop_table("organisations")

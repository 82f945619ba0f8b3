"""Safe contact, pages, second factor, chained audit"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("contacts", sa.Column("sealed_wishes", sa.LargeBinary(), nullable=True))
    for name in ("paused_at", "quiet_since", "clear_at"):
        op.add_column("contacts", sa.Column(name, TIME, nullable=True))
    for name in ("acknowledged_at", "page_at"):
        op.add_column("cases", sa.Column(name, TIME, nullable=True))
    op.add_column("cases", sa.Column("pages", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "pages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("at", TIME, nullable=False),
        sa.Column("sent", sa.Boolean(), nullable=False),
        sa.Column("error", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_pages_case_id_cases"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_pages_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pages")),
    )
    op.create_index("ix_pages_case_id", "pages", ["case_id"])
    op.add_column("users", sa.Column("duty_rank", sa.Integer(), nullable=True))
    op.add_column("users", sa.Column("sealed_page_url", sa.LargeBinary(), nullable=True))
    op.add_column("users", sa.Column("sealed_totp", sa.LargeBinary(), nullable=True))
    op.add_column("users", sa.Column("totp_step", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("users", sa.Column("recovery_hashes", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("login_sessions", sa.Column("fresh_at", TIME, nullable=True))
    op.add_column("login_sessions", sa.Column("device", sa.String(length=80), nullable=False, server_default=""))
    op.add_column("outbox", sa.Column("override", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("audit", sa.Column("link", sa.String(length=64), nullable=False, server_default=""))
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("link", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )


def downgrade() -> None:
    op.drop_table("audit_head")
    op.drop_column("audit", "link")
    op.drop_column("outbox", "override")
    for name in ("device", "fresh_at"):
        op.drop_column("login_sessions", name)
    for name in ("recovery_hashes", "totp_step", "sealed_totp", "sealed_page_url", "duty_rank"):
        op.drop_column("users", name)
    op.drop_table("pages")
    for name in ("pages", "page_at", "acknowledged_at"):
        op.drop_column("cases", name)
    for name in ("clear_at", "quiet_since", "paused_at", "sealed_wishes"):
        op.drop_column("contacts", name)

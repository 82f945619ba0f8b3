"""The tables, one noun per file. Thin: columns and keys only."""

from bot.store.models.base import Base
from bot.store.models.cases import Case, CaseNote, Page
from bot.store.models.contacts import Contact
from bot.store.models.content import ContentVersion, ContentVote
from bot.store.models.messages import Decision, Message, StoredMedia
from bot.store.models.organisations import Organisation
from bot.store.models.outbox import OutboxMessage, ParkedReport
from bot.store.models.users import AuditEntry, AuditHead, Invite, LoginSession, Passkey, User

__all__ = [
    "AuditEntry", "AuditHead", "Base", "Case", "CaseNote", "Contact", "ContentVersion", "ContentVote", "Decision",
    "Invite", "LoginSession", "Message", "Organisation", "OutboxMessage", "Page", "ParkedReport", "Passkey",
    "StoredMedia", "User",
]  # fmt: skip

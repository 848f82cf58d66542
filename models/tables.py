"""All tables in one place: import this before using the metadata."""

from __future__ import annotations

from sqlmodel import SQLModel

from models.audit import AuditEntry, Choice, RunLog
from models.circular import Circular, Document, Instruction, NextPeriod, Requirement
from models.forwarding import Forwarding, ForwardRequest, OutsideAddressee
from models.inbound import AddressTrouble, InboundAttachment, InboundMessage
from models.notice import Delivery, Firing, FiringRecipient, Notice
from models.obligation import (
    Adjustment,
    CalendarVersion,
    ContactLog,
    Obligation,
    ObligationSource,
    PolicyVersion,
    Progress,
    Report,
    UrgentCase,
    UrgentReport,
    Wake,
)
from models.office import Contact, Office, Substitution
from models.paper import Paper
from models.petition import Petition
from models.review import DraftReview

__all__ = [
    "AddressTrouble",
    "Adjustment",
    "AuditEntry",
    "CalendarVersion",
    "Choice",
    "Circular",
    "Contact",
    "ContactLog",
    "Delivery",
    "Document",
    "DraftReview",
    "Firing",
    "FiringRecipient",
    "ForwardRequest",
    "Forwarding",
    "InboundAttachment",
    "InboundMessage",
    "Instruction",
    "NextPeriod",
    "Notice",
    "Obligation",
    "ObligationSource",
    "Office",
    "OutsideAddressee",
    "Paper",
    "Petition",
    "PolicyVersion",
    "Progress",
    "Report",
    "Requirement",
    "RunLog",
    "Substitution",
    "UrgentCase",
    "UrgentReport",
    "Wake",
]

metadata = SQLModel.metadata

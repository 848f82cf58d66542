"""One unit of work each: a short transaction, or a conversation with a server."""

"""Letters: mails as files, read apart, and what the name servers say of their senders."""

"""Letters: newsletters and order mails, as their receivers get them."""

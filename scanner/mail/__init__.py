"""Mail's records, read: SPF, DKIM, DMARC and their kin, over answers that are there already. Pure, for checks and gatherers."""

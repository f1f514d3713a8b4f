"""Rules about what people look after: what the owner's own record says, and the records that he keeps."""

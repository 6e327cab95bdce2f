"""Everything foreign, each behind a small class that speaks in this package's own terms."""

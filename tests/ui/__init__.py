"""User-interface tests; a package, so that its browser is closed before other folders run."""

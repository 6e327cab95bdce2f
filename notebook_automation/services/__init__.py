"""What can be done, a service for each noun: authorise, decide, persist, announce."""

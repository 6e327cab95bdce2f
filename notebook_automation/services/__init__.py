"""What can be done, a room each: authorise, decide, persist, announce."""

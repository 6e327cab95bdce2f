"""What runs inside the one active server: leader election, scheduler, dispatcher, reaper."""

"""What a replay is made of, read from a sealed consultation: who was there, which tracks, what happened when."""

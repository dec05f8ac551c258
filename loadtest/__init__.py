"""Load: drives the swarm (media/swarm) against a server of its own and reports. Speaks only HTTP, WHIP and WHEP."""

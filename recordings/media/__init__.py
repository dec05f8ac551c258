"""What the media journal holds, made into time and frames: pure, of packets and reports, without a file."""

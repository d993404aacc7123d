"""Cameras, videos and microphones: what comes frame by frame, and what is said."""

"""Mien: facial expression recognition from landmarks, face meshes and pixels."""

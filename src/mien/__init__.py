"""Mien: facial expression recognition from landmarks, face meshes and pixels."""

import os

os.environ["KERAS_HOME"] = os.devnull  # a user's keras.json is for other models: these have a format and a precision

"""Whether XLA compiles a network's steps. Keras has TensorFlow do so by default, on processors too."""

import os

import keras


def spare(model: keras.Model) -> keras.Model:
    """Leave XLA out where TensorFlow runs on processors alone; gives the model back, changed.

    There XLA has one thread, compiles for seconds, and does without oneDNN's convolutions and matrix products: on two
    cores with AVX-512, a step of 64 faces took the face trunk 1.55 s with XLA and 0.38 s without, the small network
    0.24 and 0.15 s, and the first step 26 and 19 s, 11 and 7 s (`benchmarks/training_step.py`).

    `MIEN_EAGERLY` leaves the graph out, too: making one takes seconds, which is much where a few faces teach once.
    """
    if os.environ.get("MIEN_EAGERLY"):
        model.run_eagerly = True
    if keras.config.backend() == "tensorflow" and not accelerated():
        model.jit_compile = False
    return model


def accelerated() -> bool:
    """Whether there is a GPU or TPU for Keras; False under backends that cannot say."""
    lists_devices = keras.config.backend() in ("tensorflow", "jax")
    return lists_devices and any(not device.startswith("cpu") for device in keras.distribution.list_devices())

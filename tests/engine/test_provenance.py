import time

from mien.engine import provenance


def test_peak_memory_grows_with_what_is_held():
    before = provenance.peak_memory()
    held = bytearray(before * 2**20 // 2 + 200 * 2**20)
    held[:: 2**12] = b"x" * len(held[:: 2**12])  # touch every page, so that it is really there
    assert provenance.peak_memory() > before


def test_cost_counts_from_the_start():
    cost = provenance.cost(time.perf_counter() - 60)
    assert 60 <= cost["seconds"] < 61


def test_the_machine_has_no_name():
    import platform

    assert platform.node() not in provenance.machine().values()

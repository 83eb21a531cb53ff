"""Products in bfloat16 are chosen for a training and for nothing after it."""

import numpy as np
import pytest
import tensorflow as tf

from train.precision import OPTION, multiply_in
from train.recipes import Precision


def chosen() -> bool:
    return bool(tf.config.optimizer.get_experimental_options().get(OPTION, False))


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_what_was_set_before_returns(precision: Precision) -> None:
    with multiply_in("bfloat16"):
        with multiply_in(precision):
            assert chosen() == (precision == "bfloat16")
        assert chosen()
    assert not chosen()


def test_what_was_set_before_returns_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), multiply_in("bfloat16"):
        raise ZeroDivisionError
    assert not chosen()


def test_products_are_those_of_numbers_of_eight_bits_or_of_float32() -> None:
    """Which of the two depends on the processor: the relative error is 2**-8 of each factor at most."""
    rng = np.random.default_rng(0)
    left, right = (rng.uniform(1, 2, (64, 64)).astype(np.float32) for _ in range(2))
    with multiply_in("bfloat16"):
        product = tf.function(lambda: tf.matmul(left, right))()
    assert product.dtype == tf.float32
    np.testing.assert_allclose(product, left.astype(np.float64) @ right, rtol=3 * 2**-8)

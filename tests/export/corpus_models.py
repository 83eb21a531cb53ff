"""Models after the shapes of public ones, on images of 8 x 8: what people have who have a posterior.

Each is built twice: as its user has it, and as a plain twin, whose layers without a posterior take one set of weights.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras

L = tf_keras.layers
tfd = tfp.distributions
tfpl = tfp.layers

SHAPE = (8, 8, 1)
CLASSES = 3
PLAIN = {
    tfpl.DenseFlipout: L.Dense,
    tfpl.DenseReparameterization: L.Dense,
    tfpl.DenseLocalReparameterization: L.Dense,
    tfpl.Convolution2DFlipout: L.Conv2D,
    tfpl.Convolution2DReparameterization: L.Conv2D,
    tfpl.Convolution1DFlipout: L.Conv1D,
    tfpl.Convolution1DReparameterization: L.Conv1D,
}


@dataclass(frozen=True)
class Kit:
    """Makes layers with a posterior, or their plain twins."""

    plain: bool

    def dense(self, units: int, activation: Any = None, way: Any = tfpl.DenseFlipout, **options: Any) -> Any:
        return self._layer(way, units, activation=activation, **options)

    def conv(self, filters: int, size: Any, way: Any = tfpl.Convolution2DFlipout, **options: Any) -> Any:
        return self._layer(way, filters, size, **{"activation": "relu", **options})

    def joint(self, units: int, posterior: Callable[..., Any]) -> Any:
        """A DenseVariational, whose kernel and bias have one posterior between them."""
        return L.Dense(units) if self.plain else tfpl.DenseVariational(units, posterior, unit_normal)

    def _layer(self, way: Any, *arguments: Any, bias: bool = True, **options: Any) -> Any:
        if self.plain:
            return PLAIN[way](*arguments, use_bias=bias, **options)
        return way(*arguments, **options, kernel_posterior_fn=normal(), bias_posterior_fn=normal() if bias else None)


def normal() -> Any:
    """A posterior wide enough to show in every draw."""
    return tfpl.default_mean_field_normal_fn(
        loc_initializer=tf_keras.initializers.RandomNormal(stddev=0.4, seed=1),
        untransformed_scale_initializer=tf_keras.initializers.RandomNormal(mean=-1.7, stddev=0.3, seed=2),
    )


def full_covariance(kernel: int, bias: int, dtype: Any = None) -> Any:
    size = kernel + bias
    start = tf_keras.initializers.RandomNormal(stddev=0.3, seed=3)
    parameters = tfpl.VariableLayer(tfpl.MultivariateNormalTriL.params_size(size), dtype=dtype, initializer=start)
    return tf_keras.Sequential([parameters, tfpl.MultivariateNormalTriL(size)])


def mean_field(kernel: int, bias: int, dtype: Any = None) -> Any:
    size = kernel + bias
    start = tf_keras.initializers.RandomNormal(mean=-0.5, stddev=0.5, seed=4)
    return tf_keras.Sequential(
        [
            tfpl.VariableLayer(2 * size, dtype=dtype, initializer=start),
            tfpl.DistributionLambda(
                lambda t: tfd.Independent(tfd.Normal(t[..., :size], 0.05 + 0.3 * tf.nn.softplus(t[..., size:])), 1)
            ),
        ]
    )


def unit_normal(kernel: int, bias: int, dtype: Any = tf.float32) -> Any:
    zeros = tf.zeros(kernel + bias, dtype)
    return tf_keras.Sequential([tfpl.DistributionLambda(lambda _: tfd.Independent(tfd.Normal(zeros, 1.0), 1))])


def sequential(*body: Any, shape: Sequence[int] = SHAPE) -> tf_keras.Model:
    return tf_keras.Sequential([tf_keras.Input(shape), *body])


def functional(*body: Callable[[Any], Any], shape: Sequence[int] = SHAPE) -> tf_keras.Model:
    image = x = tf_keras.Input(shape)
    for layer in body:
        x = layer(x)
    return tf_keras.Model(image, x)


def lenet(kit: Kit, dense: Any = tfpl.DenseFlipout, conv: Any = tfpl.Convolution2DFlipout) -> Any:
    return sequential(
        kit.conv(4, 3, conv, padding="same"),
        L.MaxPooling2D(2),
        kit.conv(6, 3, conv),
        L.MaxPooling2D(2),
        L.Flatten(),
        kit.dense(8, "relu", dense),
        kit.dense(CLASSES, "softmax", dense),
    )


def vgg(kit: Kit) -> Any:
    blocks = [[kit.conv(f, 3, padding="same"), kit.conv(f, 3, padding="same"), L.MaxPooling2D(2)] for f in (3, 4)]
    return sequential(*blocks[0], *blocks[1], L.Flatten(), kit.dense(6, "relu"), kit.dense(CLASSES), L.Softmax())


def normalised(kit: Kit) -> Any:
    return sequential(
        kit.conv(4, 3, activation=None),
        L.BatchNormalization(),
        L.ReLU(),
        L.Flatten(),
        L.BatchNormalization(),
        kit.dense(CLASSES, "softmax"),
    )


def separable(kit: Kit) -> Any:
    return sequential(
        L.DepthwiseConv2D(3, depth_multiplier=2, activation="relu"),
        kit.conv(4, 1),
        L.DepthwiseConv2D(3, activation="relu"),
        kit.conv(4, 1),
        L.GlobalAveragePooling2D(),
        kit.dense(CLASSES, "softmax"),
    )


def activations(kit: Kit) -> Any:
    body = [kit.dense(5, name, tfpl.DenseReparameterization) for name in ("elu", "tanh", "sigmoid", "relu6")]
    return sequential(L.Flatten(), *body, kit.dense(CLASSES, "softmax"))


def strided(kit: Kit) -> Any:
    first = kit.conv(4, (3, 2), strides=2, padding="same")
    second = kit.conv(4, 2, tfpl.Convolution2DReparameterization, dilation_rate=2, padding="same", bias=False)
    return sequential(
        L.Rescaling(2.0, -1.0), first, second, L.AveragePooling2D(2), L.Flatten(), kit.dense(CLASSES, "softmax")
    )


def oblong(kit: Kit) -> Any:
    body = [kit.conv(3, 3), L.GlobalMaxPooling2D(), kit.dense(CLASSES, bias=False), tfpl.OneHotCategorical(CLASSES)]
    return sequential(*(body[:-1] if kit.plain else body), *([L.Softmax()] if kit.plain else []), shape=(6, 10, 3))


def last_layer(kit: Kit) -> Any:
    return sequential(L.Conv2D(4, 3, activation="relu"), L.Flatten(), kit.dense(CLASSES, "softmax"))


def local(kit: Kit) -> Any:
    way = tfpl.DenseLocalReparameterization
    return sequential(L.Flatten(), kit.dense(7, "relu", way), kit.dense(CLASSES, "softmax", way))


def with_joint(kit: Kit, posterior: Any) -> Any:
    return sequential(L.AveragePooling2D(4), L.Flatten(), kit.joint(CLASSES, posterior), L.Softmax())


def residual(kit: Kit, depth: int = 2) -> Any:
    def block(x: Any) -> Any:
        y = kit.conv(4, 3, padding="same")(x)
        return L.ReLU()(L.Add()([x, kit.conv(4, 3, padding="same", activation=None)(y)]))

    first = kit.conv(4, 3, strides=2, padding="same")
    return functional(first, *[block] * depth, L.GlobalAveragePooling2D(), kit.dense(CLASSES, "softmax"))


def inception(kit: Kit) -> Any:
    def mixed(x: Any) -> Any:
        pooled = kit.conv(2, 1)(L.MaxPooling2D(3, 1, "same")(x))
        return L.Concatenate()([kit.conv(2, 1)(x), kit.conv(2, 3, padding="same")(x), pooled])

    return functional(mixed, L.Flatten(), kit.dense(CLASSES, "softmax"))


def dense_net(kit: Kit) -> Any:
    def grown(x: Any) -> Any:
        return L.Concatenate()([x, kit.conv(2, 3, padding="same")(x)])

    return functional(grown, grown, L.AveragePooling2D(4), L.Flatten(), kit.dense(CLASSES, "softmax"))


def squeezed(kit: Kit) -> Any:
    def excite(x: Any) -> Any:
        weight = L.Reshape((1, 1, 4))(kit.dense(4, "sigmoid")(L.GlobalAveragePooling2D()(x)))
        return L.Multiply()([x, weight])

    return functional(kit.conv(4, 3), excite, L.GlobalMaxPooling2D(), kit.dense(CLASSES, "softmax"))


def layer_normalised(kit: Kit) -> Any:
    return sequential(L.Flatten(), kit.dense(6), L.LayerNormalization(), L.ReLU(), kit.dense(CLASSES, "softmax"))


def lstm(kit: Kit) -> Any:
    return sequential(L.Reshape((8, 8)), L.LSTM(5), kit.dense(CLASSES, "softmax"))


def gru(kit: Kit) -> Any:
    recurrent = L.Bidirectional(L.GRU(3))
    return sequential(L.Reshape((8, 8)), recurrent, kit.dense(CLASSES, "softmax", tfpl.DenseReparameterization))


def conv1d(kit: Kit) -> Any:
    way = tfpl.Convolution1DFlipout
    body = [
        kit.conv(4, 3, way, padding="same"),
        L.MaxPooling1D(2),
        kit.conv(4, 2, tfpl.Convolution1DReparameterization),
    ]
    return sequential(L.Reshape((8, 8)), *body, L.GlobalAveragePooling1D(), kit.dense(CLASSES, "softmax"))


def nested(kit: Kit) -> Any:
    inner = tf_keras.Sequential([tf_keras.Input(SHAPE), kit.conv(3, 3), L.Flatten()])
    return functional(inner, L.Dense(5, "gelu"), kit.dense(CLASSES, "softmax", tfpl.DenseLocalReparameterization))


def mixer(kit: Kit) -> Any:
    """Mixes positions, then channels."""

    def mix(x: Any) -> Any:
        y = L.Permute((2, 1))(L.Dense(8, "gelu")(L.Permute((2, 1))(x)))
        return L.LayerNormalization()(L.Add()([x, y]))

    return functional(L.Reshape((8, 8)), mix, L.Flatten(), kit.dense(CLASSES, "softmax"))


def attention(kit: Kit) -> Any:
    def attend(x: Any) -> Any:
        return L.Add()([x, L.MultiHeadAttention(2, 4)(x, x)])

    return functional(L.Reshape((8, 8)), attend, L.GlobalAveragePooling1D(), kit.dense(CLASSES, "softmax"))


def mobile(kit: Kit) -> Any:
    body = [L.SeparableConv2D(4, 3, activation="swish"), L.Conv2D(3, 3, activation="hard_sigmoid"), L.LeakyReLU()]
    return functional(*body, L.Flatten(), kit.dense(CLASSES, "softmax"))


def two_pools(kit: Kit) -> Any:
    def both(x: Any) -> Any:
        return L.Concatenate()([L.GlobalAveragePooling2D()(x), L.GlobalMaxPooling2D()(x)])

    return functional(kit.conv(4, 3), both, kit.dense(CLASSES, "softmax"))


class Subclassed(tf_keras.Model):
    """A model with a call of its own."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(name="subclassed")
        self.first = kit.conv(3, 3)
        self.last = kit.dense(CLASSES)

    def call(self, image: tf.Tensor, training: bool | None = None) -> tf.Tensor:  # noqa: ARG002, FBT001 - Keras'
        maps = tf.reduce_mean(self.first(image[:, ::-1]), axis=[1, 2])
        return tf.nn.softmax(self.last(maps) * 2.0)


def subclassed(kit: Kit) -> Any:
    model = Subclassed(kit)
    model(np.zeros((1, *SHAPE), np.float32))
    return model


def point_cnn(*, dropout: Any = None, normalise: bool = False) -> Any:
    """A network whose weights are points, with layers that drop or normalise."""
    body = [L.Conv2D(4, 3, activation="relu"), *([L.BatchNormalization()] if normalise else [])]
    return sequential(*body, *([dropout] if dropout else []), L.Flatten(), L.Dense(CLASSES, "softmax"))


def point_residual() -> Any:
    return residual(Kit(plain=True), 1)


def scattered(model: Any, count: int, layer: int = 0) -> list[list[np.ndarray]]:
    """Draw sets of weights about a model's own, from its layer on, as a sampler or an approximation would give them."""
    rng = np.random.default_rng(5)
    return [
        [
            weight if number < layer else weight + np.abs(rng.normal(0, 0.2, weight.shape)).astype(np.float32)
            for number, weight in enumerate(model.get_weights())
        ]
        for _ in range(count)
    ]


VARIATIONAL: dict[str, Callable[[Kit], Any]] = {
    "LeNet, Flipout": lenet,
    "LeNet, reparameterization": lambda kit: lenet(
        kit, tfpl.DenseReparameterization, tfpl.Convolution2DReparameterization
    ),
    "VGG": vgg,
    "perceptron, local reparameterization": local,
    "variational last layer": last_layer,
    "batch normalisation": normalised,
    "depthwise and pointwise": separable,
    "elu, tanh, sigmoid, relu6": activations,
    "strides, dilation, rescaling": strided,
    "oblong, three channels, OneHotCategorical": oblong,
    "DenseVariational, full covariance": lambda kit: with_joint(kit, full_covariance),
    "DenseVariational, mean field": lambda kit: with_joint(kit, mean_field),
    "ResNet": residual,
    "Inception": inception,
    "DenseNet": dense_net,
    "squeeze and excitation": squeezed,
    "layer normalisation": layer_normalised,
    "LSTM": lstm,
    "bidirectional GRU": gru,
    "Conv1D": conv1d,
    "nested, gelu": nested,
    "mixer": mixer,
    "attention": attention,
    "separable, swish, hard sigmoid": mobile,
    "two pools side by side": two_pools,
    "subclass with a call of its own": subclassed,
}
"""Models with a posterior of their own."""


@dataclass(frozen=True)
class Other:
    """A model that gives something else than class probabilities.

    Attributes:
        output: what its user declares it to give.
        make: of a kit.
        labels: the names of its classes or quantities.
        turn: from what it gives to what a graph gives.
        feed: from what a bundle is asked with to what it takes.
    """

    output: str
    make: Callable[[Kit], Any]
    labels: Sequence[str]
    turn: Callable[[tf.Tensor], tf.Tensor] = tf.identity
    feed: Callable[[tf.Tensor], Any] = tf.identity


def heteroscedastic(kit: Kit) -> Any:
    def both(x: Any) -> Any:
        return L.Concatenate()([kit.dense(1)(x), kit.dense(1, "softplus")(x)])

    return functional(L.AveragePooling2D(2), L.Flatten(), kit.dense(6, "tanh"), both)


def perceptron(kit: Kit, units: int, activation: Any = None) -> Any:
    way = tfpl.DenseReparameterization
    return sequential(L.Flatten(), kit.dense(6, "tanh", way), kit.dense(units, activation, way))


def picture_and_age(kit: Kit) -> Any:
    picture, age = tf_keras.Input(SHAPE, name="picture"), tf_keras.Input((2,), name="age")
    maps = L.GlobalAveragePooling2D()(kit.conv(4, 3)(picture))
    return tf_keras.Model({"picture": picture, "age": age}, kit.dense(CLASSES, "softmax")(L.Concatenate()([maps, age])))


def split_picture_and_age(packed: tf.Tensor) -> dict[str, tf.Tensor]:
    """By name in alphabetical order, as Keras has the inputs of a dict."""
    return {"age": packed[:, :2], "picture": tf.reshape(packed[:, 2:], (-1, *SHAPE))}


def both_classes(p: tf.Tensor) -> tf.Tensor:
    return tf.concat([1 - p, p], axis=-1)


OTHERS: dict[str, Other] = {
    "regression": Other("mean", lambda kit: perceptron(kit, 1), "y"),
    "DenseVariational regression": Other(
        "mean", lambda kit: sequential(L.AveragePooling2D(4), L.Flatten(), kit.joint(1, full_covariance)), "y"
    ),
    "heteroscedastic regression": Other("mean_scale", heteroscedastic, "y"),
    "logits": Other("logits", lambda kit: perceptron(kit, CLASSES), "abc", tf.nn.softmax),
    "several labels": Other("multi_label_logits", lambda kit: perceptron(kit, CLASSES), "abc", tf.sigmoid),
    "several inputs": Other("probabilities", picture_and_age, "abc", feed=split_picture_and_age),
    "sigmoid of two classes": Other("probabilities", lambda kit: perceptron(kit, 1, "sigmoid"), "ab", both_classes),
}


@dataclass(frozen=True)
class Points:
    """Models whose weights are points.

    Attributes:
        models: as their user has them.
        sets: of weights for the only model.
    """

    models: Sequence[Any]
    sets: Sequence[Sequence[np.ndarray]] | None = None


def _sets(model: Any, count: int, layer: int = 0) -> Points:
    return Points([model], scattered(model, count, layer))


POINTS: dict[str, Callable[[], Points]] = {
    "deep ensemble": lambda: Points([point_cnn() for _ in range(4)]),
    "deep ensemble, batch normalisation": lambda: Points([point_cnn(normalise=True) for _ in range(3)]),
    "deep ensemble of ResNets": lambda: Points([point_residual() for _ in range(3)]),
    "HMC samples": lambda: _sets(sequential(L.Flatten(), L.Dense(5, "tanh"), L.Dense(CLASSES, "softmax")), 8),
    "HMC samples of a ResNet": lambda: _sets(point_residual(), 3),
    "SWAG samples": lambda: _sets(point_cnn(normalise=True), 6),
    "Laplace samples of the last layer": lambda: _sets(point_cnn(), 6, layer=2),
    "one network": lambda: Points([point_cnn()]),
}

DROPOUT: dict[str, Callable[[], Any]] = {
    "Monte Carlo dropout": lambda: point_cnn(dropout=L.Dropout(0.3)),
    "Monte Carlo dropout of channels": lambda: point_cnn(dropout=L.SpatialDropout2D(0.3)),
}


def mixture(kit: Kit) -> list[Any]:
    """Three posteriors of one architecture."""
    models = [last_layer(kit) for _ in range(3)]
    for number, model in enumerate(models):
        model.set_weights([weight + 0.1 * number for weight in model.get_weights()])
    return models

"""Support vector machines on tables of meshes, blendshapes and distances, a row a face."""

from collections.abc import Mapping

import numpy as np
from scipy.special import log_expit, logit
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import euclidean_distances
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC
from sklearn.utils import gen_batches

BATCH = 512
"""Faces that are asked at once: with 25,000 support vectors, 100 MB of kernel."""

FLOOR = 1e-7
"""Blendshapes are kept this far from 0 and 1, where their logits are infinite."""


def table(inputs: Mapping[str, np.ndarray]) -> np.ndarray:
    """Lay inputs side by side: name -> (face, ...) becomes (face, column), in the order of the names."""
    return np.concatenate([values.reshape(len(values), -1) for values in inputs.values()], axis=1)


def probabilities(estimator: BaseEstimator, x: np.ndarray, n: int | None = None) -> np.ndarray:
    """What a fitted estimator says of (face, column) rows: (face, n), 0 of a class that no training face shows."""
    found = np.zeros((len(x), n or estimator.classes_.max() + 1))
    found[:, estimator.classes_] = estimator.predict_proba(x)
    return found


def build(widths: Mapping[str, int], components: int = 100, C: float = 3.0, gamma: float = 1.0) -> Pipeline:
    """A support vector machine (Cortes & Vapnik, 1995) with an exponential kernel on the components of each block.

    Args:
        widths: name -> columns of a block, in the order of `table`; see `represented`.
        components: of a block, at most.
        C: what a face on the wrong side of the margin costs.
        gamma: of the kernel exp(-gamma d), d² being measured in half its mean over pairs of training faces.

    Returns:
        An estimator of (face, column) tables, not fitted.
    """
    machine = PairwiseSVC(C, gamma / len(widths) ** 0.5)  # each block has a variance of 1
    return make_pipeline(represented(widths, components), machine)


class PairwiseSVC(SVC):
    """One machine for every two classes; a class is as likely as that it wins against each of the others.

    Of more than two classes scikit-learn's own scores count the pairs that are won. A temperature left such counts of
    FER2013's blendshapes with a calibration error of 0.14. Here each margin m is a log-odds, and a class's score is
    the sum of log 1 / (1 + exp(-m)).

    The kernel exp(-gamma d) is Matérn's of degree 1/2 (Rasmussen & Williams, 2006, chapter 4.2). Beside a Gaussian it
    falls faster nearby and slower far off: it told more of FER2013's faces, and its width mattered less. It is computed
    of all pairs of training faces at once, as products of matrices, and takes 8 bytes a pair: 6 GB for 27,000 faces.

    Args:
        C: see `SVC`.
        gamma: see `build`.
    """

    def __init__(self, C: float = 1.0, gamma: float = 1.0):
        super().__init__(C=C, gamma=gamma, kernel="precomputed", decision_function_shape="ovo")

    def fit(self, X: np.ndarray, y: np.ndarray) -> "PairwiseSVC":
        """Learn from (face, column) rows and their class indices (face,)."""
        pairs = np.empty((len(X), len(X)))
        for rows in gen_batches(len(X), BATCH):
            pairs[rows] = self._kernel(X[rows], X)
        super().fit(pairs, y)
        self.support_vectors_, self.n_features_in_ = X[self.support_].astype(float), X.shape[1]
        return self

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.pairwise = False  # it takes faces, not pairs of them
        return tags

    def _kernel(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """(row of a, row of b)."""
        return np.exp(-self.gamma * euclidean_distances(a.astype(float), b.astype(float)))

    def decision_function(self, X: np.ndarray) -> np.ndarray:
        """Score (face, column) rows: (face, class), or the margin of the second of two classes (face,)."""
        margins = np.concatenate([self._margins(X[rows]) for rows in gen_batches(len(X), BATCH)])
        if len(self.classes_) == 2:
            return margins[:, 0]
        first, second = np.triu_indices(len(self.classes_), 1)
        won, lost = log_expit(margins), log_expit(-margins)
        own = [won[:, first == k].sum(axis=1) + lost[:, second == k].sum(axis=1) for k in range(len(self.classes_))]
        return np.stack(own, axis=1)

    def _margins(self, X: np.ndarray) -> np.ndarray:
        """(face, pair), positive for the first of a pair, or (face, 1), positive for the second of two classes."""
        kernel = self._kernel(X, self.support_vectors_)  # (face, support vector)
        if len(self.classes_) == 2:
            return kernel @ self.dual_coef_.T + self.intercept_
        of = np.split(np.arange(len(self.support_vectors_)), np.cumsum(self.n_support_)[:-1])  # in order of classes
        pairs = zip(*np.triu_indices(len(of), 1), strict=True)
        against = [
            kernel[:, of[i]] @ self.dual_coef_[j - 1, of[i]] + kernel[:, of[j]] @ self.dual_coef_[i, of[j]]
            for i, j in pairs
        ]
        return np.stack(against, axis=1) + self.intercept_

    def predict(self, X: np.ndarray) -> np.ndarray:
        """The class (face,) of the highest score."""
        scores = self.decision_function(X)
        return self.classes_[scores.argmax(axis=1) if scores.ndim == 2 else (scores > 0).astype(int)]


def represented(widths: Mapping[str, int], components: int) -> ColumnTransformer:
    """Standardise each block and project it to its `Components`; the block `blendshape` is taken to its logits first.

    A blendshape is the value of a logistic function. Most are nearly 0, and their logits still tell small from tiny.

    Args:
        widths: name -> columns of a block, in the order of `table`.
        components: of a block, at most.

    Returns:
        A transformer of (face, column) tables, not fitted.
    """
    first = {"blendshape": [FunctionTransformer(log_odds)]}
    ends = np.cumsum(list(widths.values())).tolist()
    return ColumnTransformer(
        [
            (name, make_pipeline(*first.get(name, ()), StandardScaler(), Components(components)), slice(end - n, end))
            for (name, n), end in zip(widths.items(), ends, strict=True)
        ]
    )


def log_odds(blendshape: np.ndarray) -> np.ndarray:
    """Logits of scores in [0, 1]."""
    return logit(blendshape.clip(FLOOR, 1 - FLOOR))


class Components(TransformerMixin, BaseEstimator):
    """Principal components, half-whitened: the first still speak louder but do not drown the rest, as in `dense`.

    Args:
        n: at most; fewer where there are fewer rows or columns.
    """

    def __init__(self, n: int):
        self.n = n

    def fit(self, x: np.ndarray, y: None = None) -> "Components":
        """Find the components of (face, column) rows; their total variance becomes 1."""
        self.pca_ = PCA(min(self.n, *x.shape), svd_solver="covariance_eigh").fit(x)
        deviation = np.sqrt(self.pca_.explained_variance_)
        self.scale_ = np.sqrt(np.maximum(deviation, 1e-6 * deviation[0]) * deviation.sum())  # rounding is no component
        return self

    def transform(self, x: np.ndarray) -> np.ndarray:
        """(face, column) -> (face, component)."""
        return self.pca_.transform(x) / self.scale_


def calibrated(estimator: BaseEstimator, x: np.ndarray, y: np.ndarray) -> CalibratedClassifierCV:
    """Give a fitted estimator probabilities, by one temperature for its scores (Guo et al., 2017); answers stay.

    Args:
        estimator: fitted on training rows.
        x: (face, column) validation rows.
        y: (face,) their class indices.
    """
    rows = np.arange(len(y))  # in one fold: what is frozen learns from none, and a class may have but one face
    return CalibratedClassifierCV(FrozenEstimator(estimator), method="temperature", cv=[(rows, rows)]).fit(x, y)

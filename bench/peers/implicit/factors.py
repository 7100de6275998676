"""Trains implicit's ALS and writes its factors: asked with a line of JSON each, answered with one.

A question names a folder and settings. The folder holds who watched what in compressed rows: row_starts and columns
(32-bit integers), weights (32-bit floats). Put into it: items and users (32-bit floats, a row each), and recalculated, the
users' factors from the final items', as the library gives them for users that changed.
"""

import json
import os
import sys
import warnings

import numpy
from implicit.cpu.als import AlternatingLeastSquares
from scipy.sparse import csr_matrix

warnings.filterwarnings("ignore")


def read(folder, name, kind):
    return numpy.fromfile(os.path.join(folder, name), dtype=kind)


def train(question):
    folder = question["folder"]
    starts = read(folder, "row_starts", numpy.int32)
    shape = (len(starts) - 1, question["titles"])
    watched = csr_matrix(
        (read(folder, "weights", numpy.float32), read(folder, "columns", numpy.int32), starts), shape
    )
    model = AlternatingLeastSquares(
        factors=question["factors"],
        regularization=question["regularisation"],
        alpha=question["alpha"],
        iterations=question["iterations"],
        use_cg=question["solver"] == "conjugate-gradient",
        num_threads=question["threads"],
        random_state=question["seed"],
    )
    model.fit(watched, show_progress=False)
    everybody = numpy.arange(shape[0])
    parts = {
        "items": model.item_factors,
        "users": model.user_factors,
        "recalculated": model.recalculate_user(everybody, watched),
    }
    for name, values in parts.items():
        numpy.ascontiguousarray(values, dtype=numpy.float32).tofile(os.path.join(folder, name))
    return {"users": int(parts["users"].shape[0]), "items": int(parts["items"].shape[0])}


def main():
    print(json.dumps({"isUp": True}), flush=True)
    for line in sys.stdin:
        if line.strip() == "close":
            return
        print(json.dumps(train(json.loads(line))), flush=True)


main()

"""implicit's alternating least squares, one iteration at a time.

    peer.py FOLDER FACTORS REGULARISATION THREADS

The folder holds a matrix of confidences in compressed rows, little-endian: starts.u32, columns.u32, confidences.f32, and
the factors that titles begin with, first.f32. Each line of standard input is a question, answered by a line of JSON:
`exact` and `cg` do one iteration of that solver, as `AlternatingLeastSquares.fit` does it, and say its wall and CPU
seconds; `loss exact`, `loss cg` and `loss FILE` say implicit's own training loss, of its factors or of those in a file
of profiles' rows and then titles' rows.
"""

import json
import sys
import time

import implicit
import numpy as np
import scipy.sparse
from implicit.cpu import _als
from implicit.cpu.als import AlternatingLeastSquares

folder, factors, regularisation, threads = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])


def read(name, kind):
    return np.fromfile(f"{folder}/{name}", dtype=kind)


def say(answer):
    print(json.dumps(answer), flush=True)


starts = read("starts.u32", "<u4").astype(np.int32)
columns = read("columns.u32", "<u4").astype(np.int32)
first = read("first.f32", "<f4").reshape(-1, factors)
shape = (len(starts) - 1, len(first))
by_profile = scipy.sparse.csr_matrix((read("confidences.f32", "<f4"), columns, starts), shape=shape)
by_title = by_profile.T.tocsr()


class Side:
    def __init__(self, use_cg):
        model = AlternatingLeastSquares(
            factors=factors, regularization=regularisation, use_cg=use_cg, num_threads=threads
        )
        self.solve = model.solver
        self.profiles = np.zeros((shape[0], factors), dtype=np.float32)
        self.titles = first.copy()

    def iterate(self):
        wall, cpu = time.perf_counter(), time.process_time()
        self.solve(by_profile, self.profiles, self.titles, regularisation, num_threads=threads)
        self.solve(by_title, self.titles, self.profiles, regularisation, num_threads=threads)
        return {"seconds": time.perf_counter() - wall, "cpuSeconds": time.process_time() - cpu}


sides = {"exact": Side(False), "cg": Side(True)}


def factors_of(name):
    if name in sides:
        return sides[name].profiles, sides[name].titles
    both = np.fromfile(name, dtype="<f4").reshape(-1, factors)
    return both[: shape[0]].copy(), both[shape[0] :].copy()


say({"version": implicit.__version__})
for line in sys.stdin:
    question = line.split()
    if question == ["close"]:
        break
    if question[0] == "loss":
        profiles, titles = factors_of(question[1])
        loss = _als.calculate_loss(by_profile, profiles, titles, regularisation, num_threads=threads)
        say({"loss": float(loss)})
    else:
        say(sides[question[0]].iterate())

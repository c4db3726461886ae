"""Workers: what they are sent says everything, and nothing that goes wrong passes for a proof."""

from __future__ import annotations

import multiprocessing
import os
import pickle
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

import alta
from alta.nn.weights import sparse_weights
from alta_verify import Report, Result, Verdict, verify
from alta_verify.cache.key import ingredients
from alta_verify.claim.computes import Task
from alta_verify.deadline import Deadline
from alta_verify.obligation import NotShown, Obligation, Refuted, Share
from alta_verify.prove import remote
from alta_verify.prove.computes import runs
from alta_verify.prove.computes.theorem import Computes
from alta_verify.prove.remote import groups
from alta_verify.report.finding import Finding
from tests.alta_verify.mutants import with_arrays
from tests.alta_verify.secret_words import ALIVE, DEAD, at_the_end, secret_word, word_of
from tests.benchmarks.release_subleq import subleq_add

PARITY = alta.programs.parity_sequential_relative()


def task_of(program: alta.Program, model: object = None, max_len: int = 4) -> Task:
    return Task(program, model or alta.compile(program), max_len, None, Deadline.after(None))


TASKS = {
    "categorical": lambda: task_of(PARITY),
    "limited": lambda: task_of(PARITY, alta.compile(PARITY, max_len=4)),
    "numbers": lambda: task_of(alta.programs.parity_sum_mod_2(max_length=4)),
    "sparse": lambda: task_of(
        PARITY, replace(made := alta.compile(PARITY), weights=sparse_weights(made.weights))
    ),
}


@pytest.mark.parametrize("which", list(TASKS))
def test_what_is_sent_is_the_same_theorem(which):
    task = TASKS[which]()
    again = pickle.loads(pickle.dumps(task))
    assert ingredients(again) == ingredients(task)


@pytest.mark.parametrize("which", list(TASKS))
def test_every_obligation_is_in_one_group(which):
    theorem = Computes(TASKS[which]())
    parts = groups(theorem, theorem.claims)
    grouped = [obligation for group in parts for obligation in group.obligations]
    assert sorted(map(str, grouped)) == sorted(map(str, theorem.claims))
    assert groups(theorem, []) == []


def test_what_asks_the_same_search_goes_to_one_worker():
    theorem = Computes(task_of(PARITY))
    parts = groups(theorem, theorem.claims)
    kinds = [{each.kind for each in group.obligations} for group in parts]
    assert kinds[0] == {"program"}
    assert kinds.count({"ffn"}) == len(PARITY.variables)
    assert len(kinds) == len(PARITY.variables) + 2


def test_workers_encode_what_they_share_once():
    remote._theorem_of.cache_clear()
    theorem = Computes(task_of(PARITY))
    for group in groups(theorem, theorem.claims):
        # As a worker gets it: other bytes that are equal.
        parcel = pickle.dumps(theorem)
        attempted = remote._attempt(parcel, group).values()
        assert all(each.finding.result is Result.PROVED for each in attempted)
    assert remote._theorem_of.cache_info().misses == 1


class Refusing(Executor):
    """A pool whose processes have died."""

    def submit(self, function, /, *arguments, **options) -> Future:
        raise RuntimeError("the pool is broken")


def test_a_pool_that_takes_nothing_leaves_everything_open():
    report = verify(PARITY, max_len=4, executor=Refusing())
    assert report.verdict is Verdict.UNKNOWN
    open_ = [one for one in report.obligations if one.result is Result.OPEN]
    assert len(open_) == len(report.obligations) - 1
    assert all("the pool is broken" in one.method for one in open_)


@pytest.mark.parametrize("result", [1, True, "proved", None])
def test_only_what_says_proved_is_a_proof(result):
    obligation = Obligation("ffn", "parity")
    finding = Finding(obligation, "", result, "it says so", 0.0)
    future: Future = Future()
    future.set_result({obligation: remote.RemoteFinding(finding, None, 0, 0)})
    with pytest.raises(NotShown):
        remote._show(Computes(task_of(PARITY)), obligation, {obligation: [future]})


WORD = word_of("1011")
SAFE = secret_word(WORD, [at_the_end(WORD), at_the_end(WORD, left=DEAD)])
CONFLICTING = secret_word(WORD, [at_the_end(WORD), at_the_end(WORD, left=ALIVE)])


def shown_in_shares(program: alta.Program, monkeypatch, *, lost: int | None = None) -> str:
    """Shows that there is no conflict, four inputs at a time, and perhaps without one share."""
    monkeypatch.setattr("alta_verify.prove.computes.theorem._SHARE", 16)
    theorem, conflict = Computes(task_of(program)), Obligation("program", "conflict")
    parts = groups(theorem, [conflict])
    assert [part.share for part in parts] == [Share(number, 4) for number in range(4)]
    futures: list[Future] = []
    for number, part in enumerate(parts):
        futures.append(Future())
        if number == lost:
            futures[-1].set_exception(EOFError("the worker has died"))
        else:
            futures[-1].set_result(remote._attempt(pickle.dumps(theorem), part))
    return remote._show(theorem, conflict, {conflict: futures})


def test_what_is_shown_of_every_share_of_the_inputs_is_shown(monkeypatch):
    alone = Computes(task_of(SAFE)).show(Obligation("program", "conflict"))
    assert shown_in_shares(SAFE, monkeypatch) == alone == "enumeration of all 16 inputs; none fails"


@pytest.mark.parametrize("lost", range(4))
def test_what_is_not_shown_of_one_share_is_not_shown(lost, monkeypatch):
    with pytest.raises(EOFError):
        shown_in_shares(SAFE, monkeypatch, lost=lost)


def test_an_input_of_any_share_refutes(monkeypatch):
    with pytest.raises(Refuted) as refuted:
        shown_in_shares(CONFLICTING, monkeypatch)
    assert refuted.value.counterexample.tokens == WORD


def test_only_what_is_about_runs_that_are_all_done_is_shown_in_shares(monkeypatch):
    theorem = Computes(task_of(SAFE))
    for obligation in (Obligation("ffn", "out"), Obligation("program", "conflict")):
        assert theorem.shares(obligation) == 1
        with pytest.raises(ValueError, match="is not shown in 2 shares"):
            theorem.show(obligation, Share(0, 2))
    monkeypatch.setattr(runs, "_ENUMERABLE", 0)
    with pytest.raises(ValueError, match="expected a language that is run through"):
        theorem.context.of(Share(0, 2))


def results(report: Report) -> list[tuple[str, str]]:
    return [(one.name, one.result) for one in report.obligations]


def test_forked_processes_are_refused_at_once():
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork")) as executor:
        with pytest.raises(
            alta.AltaError, match=r"mp_context=multiprocessing.get_context\('spawn'"
        ):
            verify(PARITY, max_len=4, executor=executor)
        assert not executor._processes


def test_processes_say_what_one_process_says():
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as executor:
        for program in (PARITY, alta.programs.sort_unique(max_value=4)):
            alone = verify(program, max_len=4)
            report = verify(program, max_len=4, executor=executor)
            assert report.verdict is alone.verdict
            assert results(report) == results(alone)


@pytest.mark.campaign
@pytest.mark.filterwarnings("default")
def test_a_dask_cluster_of_several_processes_says_of_a_large_program_what_one_process_says():
    distributed = pytest.importorskip("distributed")
    program = subleq_add()
    model = alta.compile(program, max_len=12)
    lookup_out = np.array(model.dense().weights.compiled_mlp.lookup_out)
    # No step is ever the second one.
    lookup_out[:, model.layout.columns["step"][1]] = 0
    wrong = with_arrays(model.dense(), {"mlp.lookup_out": lookup_out})
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        client.wait_for_workers(2, timeout=120)
        # Asked of the workers: what a client knows of them may be late.
        assert len({os.getpid(), *client.run(os.getpid).values()}) == 3
        for subject, verdict in ((model, Verdict.PROVED), (wrong, Verdict.REFUTED)):
            report = verify(program, subject, max_len=12, executor=client.get_executor())
            alone = verify(program, subject, max_len=12)
            assert report.verdict is alone.verdict is verdict
            assert results(report) == results(alone)

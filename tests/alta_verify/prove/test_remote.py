"""Workers: what they are sent says everything, and nothing that goes wrong passes for a proof."""

from __future__ import annotations

import multiprocessing
import pickle
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from dataclasses import replace

import pytest

import alta
from alta.nn.weights import sparse_weights
from alta_verify import Report, Result, Verdict, verify
from alta_verify.cache.key import ingredients
from alta_verify.claim.computes import Task
from alta_verify.deadline import Deadline
from alta_verify.obligation import NotShown, Obligation
from alta_verify.prove import remote
from alta_verify.prove.computes.theorem import Computes
from alta_verify.prove.remote import groups
from alta_verify.report.finding import Finding

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
    grouped = [obligation for group in groups(theorem, theorem.claims) for obligation in group]
    assert sorted(map(str, grouped)) == sorted(map(str, theorem.claims))
    assert groups(theorem, []) == []


def test_what_asks_the_same_search_goes_to_one_worker():
    theorem = Computes(task_of(PARITY))
    kinds = [{each.kind for each in group} for group in groups(theorem, theorem.claims)]
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
        remote._show(Computes(task_of(PARITY)), obligation, {obligation: future})


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

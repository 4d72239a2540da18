"""Every history is verified, beside whoever works, and the job named that breaks."""

import msgspec
from tests.usecases.firm import PASSWORD, refused

from hosanna_core.errors import BrokenChain
from hosanna_core.rules.history import chained
from hosanna_core.usecases import job_chains

replace = msgspec.structs.replace


def meddled(firm, job, version, **parts):
    entries = firm.memory._state.histories[job.id]
    entries[version - 1] = replace(entries[version - 1], **parts)


def test_every_history_is_verified_and_the_job_named_that_breaks(firm):
    jobs = [firm.dispatched() for _ in range(3)]
    told = []
    assert job_chains.verify_histories(firm.ports, told.append) == 3
    assert told == [3]
    meddled(firm, jobs[1], 2, hash=bytes(32))
    broken = refused(BrokenChain, job_chains.verify_histories, firm.ports)
    assert broken.version == 2
    assert broken.detail.startswith(f"job {jobs[1].id}: entry 2 ")


def test_a_job_that_is_not_what_its_history_says_and_a_history_that_was_cut_off_are_named(firm):
    job = firm.dispatched()
    state = firm.memory._state
    stored, entries = state.jobs[job.id], list(state.histories[job.id])
    state.jobs[job.id] = replace(stored, amount="1.00")
    assert "'amount' is not what" in refused(BrokenChain, job_chains.verify_histories, firm.ports).detail
    state.jobs[job.id] = stored
    del state.histories[job.id][-1]
    assert refused(BrokenChain, job_chains.verify_histories, firm.ports).version == len(entries)
    state.histories[job.id] = entries
    sealed = b'{"action":"erase"'
    meddled(firm, job, 4, sealed=sealed, hash=chained(entries[2].hash, sealed))
    assert refused(BrokenChain, job_chains.verify_histories, firm.ports).version == 4


class Moving:
    """Jobs that move on between two reads of one."""

    def __init__(self, jobs, work):
        self._jobs = jobs
        self._work = work
        self.page = jobs.page
        self.get = jobs.get
        self.get_many = jobs.get_many

    def histories(self, job_ids):
        self._work.pop()()
        return self._jobs.histories(job_ids)

    def history(self, job_id):
        if self._work:
            self._work.pop()()
        return self._jobs.history(job_id)


def test_histories_verify_beside_a_writer(firm):
    job = firm.create()
    steps = [
        lambda: firm.do(firm.administrator, job, "cancel", reason="Moved"),
        lambda: firm.do(firm.administrator, job, "confirm"),
    ]
    ports = firm.ports_with(jobs=Moving(firm.ports.store.jobs, steps))
    assert job_chains.verify_histories(ports) == 1
    assert steps == []
    assert PASSWORD not in repr(firm.told())

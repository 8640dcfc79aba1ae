# SPDX-License-Identifier: Apache-2.0
"""The whole daemon while memory runs out at random, in its libraries too: it answers or ends and is started
again; nobody comes in who may not, and every admission has its records."""

import random
import shutil
import signal
import sys
from pathlib import Path

import pytest

from support.guest import ADA, log_in
from support.waiting import until

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "campaign"))

from services import Services, ask_status  # noqa: E402
from traffic import MEMBERS, Traffic  # noqa: E402
from witness import Witness  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
# One in so many allocations fails: a login has some thousands.
RATES = [1000, 5000, 50000]
START = 20000
LOGINS = 10
# By itself; killed by us; json-c 0.16 follows a null pointer when the name of a member gets no memory.
CLEAN = (1, -signal.SIGKILL, -signal.SIGSEGV)


@pytest.mark.parametrize("every", RATES)
def test_memory_runs_out_at_random(host, tenant, every):
    seed = random.SystemRandom().randrange(1, 2**31)
    print("seed", seed)
    preload = host.work / "failing.so"
    shutil.copy(ROOT / host.build / "enomem/failing.so", preload)
    host.stop_daemon()
    rng = random.Random(seed)
    witness = Witness(host.work, print)
    witness.look_up(MEMBERS)
    services = Services(host.work, foreground=True)
    # libini_config frees twice when it gets no memory: so no reload, and a start gets all that it wants.
    services.reload = lambda: None
    try:
        with services.held():
            services.daemon.argv = ["env", f"LD_PRELOAD={preload}", f"GP_ENOMEM_EVERY={every}",
                                    f"GP_ENOMEM_SEED={seed}", f"GP_ENOMEM_AFTER={START}", "/usr/sbin/guestpassd",
                                    "--foreground"]
            if services.daemon.pid() is not None:
                services.daemon.process.kill()
                services.daemon.process.wait()
        traffic = Traffic(host, tenant, services, witness, rng)
        with tenant.switched(index_lag=0):
            traffic.start()
            try:
                # Each may meet a daemon that is being started again, and wait its whole time for it.
                until(lambda: sum(traffic.outcomes.values()) >= LOGINS, 300,
                      lambda: f"{traffic.outcomes} {services.daemon.ends}\n{host.log_tail(80)}")
            finally:
                traffic.stop()
        print(dict(traffic.outcomes), services.daemon.ends)
        witness.read_audit()
        witness.look_up(MEMBERS)
        crashed = [end for end in services.daemon.ends if end[1] not in CLEAN]
        assert not crashed, host.log_tail(60)
    finally:
        services.stop()
        host.start_daemon()
    assert not witness.broken, witness.broken
    assert witness.checked["nobody-hangs"] >= LOGINS
    until(lambda: ask_status().get("health") == "ok", 30, lambda: str(ask_status()))
    with log_in(host, tenant, ADA, "echo fine") as t:
        t.expect("\nfine\r")
        assert t.end() == 0

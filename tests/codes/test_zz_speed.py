import time
from codes import activation, cartons, selections
from codes.keyring import Keyring
from core.db import execute, fetch_value, transaction
from tests.packs import a_sale, painted, a_batch, scan, an_agent
from tests.programs.stored import BY
async def test_speed(database):
    sale = await a_sale(5, on_sale=False)
    b=sale.batch; n=b.number
    await execute("UPDATE code_batch SET size=1000000 WHERE number=$1", n)
    await execute("DELETE FROM code_range WHERE batch_number=$1", n)
    await execute("INSERT INTO code_range (batch_number, first, stop, state, since) SELECT $1, n*10, n*10+10, 'printed', now() + n * interval '1 s' FROM generate_series(0, 99999) n", n)
    t=time.perf_counter()
    for f in range(500_005, 502_005, 20): await painted(b.id, "active", f, f+20)
    print("\npaint one of 100k ms", (time.perf_counter()-t)/100*1000)
    t=time.perf_counter(); await painted(b.id, "active"); print("whole batch of 100k ranges s", time.perf_counter()-t)
    print(await fetch_value("SELECT count(*) FROM code_range"))

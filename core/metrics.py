"""What the processes count for Prometheus; gauges of the backlog are read from the database when asked."""

from prometheus_client import Counter, Histogram

credits = Counter("naparnik_credits_total", "Accruals credited to wallets", ["asset"])
credited_minor = Counter("naparnik_credited_minor_total", "Minor units credited to wallets", ["asset"])
denials = Counter("naparnik_denials_total", "Accruals denied, by reason", ["reason"])
refusals = Counter("naparnik_refusals_total", "Refusals over HTTP, by slug", ["slug"])
scans = Counter("naparnik_scans_total", "Scans, by what became of them", ["outcome"])
orders = Counter("naparnik_orders_total", "Orders at checkout, by what became of them", ["outcome"])
order_refusals = Counter("naparnik_order_refusals_total", "Codes that gave nothing for an order, by reason", ["reason"])
returns = Counter("naparnik_returns_total", "Returns of goods, by whether their sale was known", ["outcome"])
notices = Counter("naparnik_notices_total", "Notices to browsers, by what became of them", ["outcome"])
requests = Histogram(
    "naparnik_request_seconds",
    "Time to answer, by route",
    ["method", "route", "status"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
batch_sizes = Histogram(
    "naparnik_scan_batch_size", "Scans committed together", buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
)
drained = Histogram(
    "naparnik_drain_seconds", "Time of one drained batch", buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2)
)

"""The registry of sources: those that the settings switch on, the one to be asked first standing first."""

from core.settings import Settings
from receipts.sources import fns, oofd, proverkacheka
from receipts.sources.frame import Budget, Source


def sources(settings: Settings) -> tuple[Source, ...]:
    """None unless an address is set, and the key where one is needed: by itself nothing calls abroad."""
    found = []
    if settings.fns_origin and settings.fns_master_token:
        budget = Budget(settings.fns_requests_per_minute, settings.fns_requests_per_day)
        found.append(fns.source(settings.fns_origin, settings.fns_master_token, budget))
    if settings.proverkacheka_origin and settings.proverkacheka_token:
        budget = Budget(settings.proverkacheka_requests_per_minute, settings.proverkacheka_requests_per_day)
        found.append(proverkacheka.source(settings.proverkacheka_origin, settings.proverkacheka_token, budget))
    if settings.oofd_origin:
        budget = Budget(settings.oofd_requests_per_minute, settings.oofd_requests_per_day)
        found.append(oofd.source(settings.oofd_origin, budget))
    return tuple(found)

"""`sefaw-rtc review-sample`: draws again which consultations are reviewed, with this site's seed and rules, so that a
drawing can be checked; without the server."""

import hashlib
from collections import Counter

from recordings.review import sample
from sefaw_rtc.cli.shared import ConfigFile, Data, load_config
from sefaw_rtc.service.quality import candidate, rules_of, seed_of
from sefaw_rtc.store import Store


def draw(config: ConfigFile = None, data: Data = None) -> None:
    """Print whose turn it is by the rules as they are now: consultation, reason, by how many."""
    effective = load_config(config, {"server.data": data}).config
    rules, seed = rules_of(effective), seed_of(effective)
    store = Store.open(effective.data)
    try:
        rows = store.courses.with_opinion()
    finally:
        store.close()
    chosen = sample(map(candidate, rows), rules, seed)
    print(f"seed     SHA-256 {hashlib.sha256(seed).hexdigest()}")
    print(f"rules    {rules}")
    for one in chosen:
        print(f"{one.consultation}  {one.reason}  {'two reviewers' if one.double else 'one reviewer'}")
    print(f"{len(rows)} with an opinion, {len(chosen)} chosen: {dict(Counter(str(one.reason) for one in chosen))}")

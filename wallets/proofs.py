"""What the ledger promises, as statements that name every row which breaks it."""

from uuid import UUID

from core.db import fetch
from core.proofs import Breach, Proof
from wallets.accounts import id_of
from wallets.chain import GENESIS, link

_PAGE = 10_000

_LEGS = """
    SELECT debit_account_id AS account_id, debit_seq AS seq, debit_after_minor AS after, -amount_minor AS delta, id,
           asset
    FROM transfer WHERE debit_seq IS NOT NULL
    UNION ALL
    SELECT credit_account_id, credit_seq, credit_after_minor, amount_minor, id, asset
    FROM transfer WHERE credit_seq IS NOT NULL
"""

# Where each kind of transfer takes money from, and where to; both sides belong to one agent where both are an agent's.
_WAYS = """
    ('fund', 'house_issued', 'campaign'),
    ('credit', 'campaign', 'agent_pending'),
    ('hold', 'campaign', 'campaign_held'),
    ('unhold', 'campaign_held', 'campaign'),
    ('discount', 'campaign', 'shop_payable'),
    ('undiscount', 'shop_payable', 'campaign'),
    ('cover', 'house_covered', 'shop_payable'),
    ('uncover', 'shop_payable', 'house_covered'),
    ('raise_shop', 'house_corrected', 'shop_payable'),
    ('lower_shop', 'shop_payable', 'house_corrected'),
    ('pay_shop', 'shop_payable', 'house_settled'),
    ('unpay_shop', 'house_settled', 'shop_payable'),
    ('release', 'agent_pending', 'agent_available'),
    ('repay', 'agent_available', 'house_recovered'),
    ('forgive', 'agent_debt', 'house_debts'),
    ('expire', 'agent_available', 'house_expired'),
    ('reserve', 'agent_available', 'agent_reserved'),
    ('unreserve', 'agent_reserved', 'agent_available'),
    ('capture', 'agent_reserved', 'house_redeemed'),
    ('refund', 'house_redeemed', 'agent_reserved'),
    ('claw_pending', 'agent_pending', 'campaign'),
    ('claw_available', 'agent_available', 'campaign'),
    ('claw_expired', 'house_expired', 'campaign'),
    ('owe', 'house_debts', 'agent_debt')
"""

# The transfers that a spend in each state has behind it.
_STEPS = """
    ('reserved', '{reserve}'::text[]),
    ('captured', '{capture,reserve}'),
    ('released', '{reserve,unreserve}'),
    ('refunded', '{capture,refund,reserve,unreserve}')
"""


async def _chain_holds() -> list[Breach]:
    before, seq, breaches = GENESIS, 0, []
    while rows := await fetch(
        """SELECT seq, hash, batch_id, digest FROM chain_link LEFT JOIN transfer_batch ON id = batch_id
           WHERE seq > $1 ORDER BY seq LIMIT $2""",
        seq,
        _PAGE,
    ):
        for row in rows:
            if row["seq"] != seq + 1 or row["hash"] != link(before, row["batch_id"].bytes, row["digest"] or b""):
                breaches.append(Breach(f"chain_link {row['seq']}", f"batch {row['batch_id']} does not follow"))
            before, seq = row["hash"], row["seq"]
    return breaches


async def _accounts_are_whose_they_say() -> list[Breach]:
    last, breaches = UUID(int=0), []
    while rows := await fetch(
        "SELECT id, kind, owner_id, asset FROM account WHERE id > $1 ORDER BY id LIMIT $2", last, _PAGE
    ):
        breaches += [
            Breach(f"account {row['id']}", "its kind, owner and asset make another id", row["asset"])
            for row in rows
            if row["id"] != id_of(row["kind"], row["owner_id"], row["asset"])
        ]
        last = rows[-1]["id"]
    return breaches


PROOFS = (
    Proof(
        "each transfer is as it was posted",
        """SELECT 'transfer ' || id AS subject, 'its digest does not fit its row' AS detail, asset
           FROM transfer WHERE digest IS DISTINCT FROM transfer_digest(id, kind, reference, debit_account_id,
               credit_account_id, amount_minor, asset, cause, reverses_id, created_at)""",
    ),
    Proof(
        "no transfer was removed from or added to its batch",
        """SELECT 'batch ' || coalesce(b.id, t.batch_id) AS subject, 'its digest does not fit its transfers' AS detail,
                  t.asset
           FROM transfer_batch b FULL JOIN (
               SELECT batch_id, sha256(string_agg(digest, ''::bytea ORDER BY id)) AS digest, count(*) AS transfers,
                      min(asset) AS asset
               FROM transfer GROUP BY batch_id) t ON t.batch_id = b.id
           WHERE b.digest IS DISTINCT FROM t.digest OR b.transfers IS DISTINCT FROM t.transfers""",
    ),
    Proof(
        "each batch either is in the chain or waits for it",
        """SELECT 'batch ' || batch.id AS subject, NULL AS asset,
                  CASE WHEN seq IS NULL THEN 'it is neither chained nor waiting' ELSE 'it is chained and waits' END
                      AS detail
           FROM transfer_batch batch LEFT JOIN chain_link ON chain_link.batch_id = batch.id
           LEFT JOIN unsealed_batch waiting ON waiting.batch_id = batch.id
           WHERE (seq IS NULL) = (waiting.batch_id IS NULL)""",
    ),
    Proof("the chain of hashes holds", check=_chain_holds),
    Proof("each account is whose it says", check=_accounts_are_whose_they_say),
    Proof(
        "each transfer goes the way of its kind between accounts of its asset",
        f"""SELECT 'transfer ' || t.id AS subject, t.asset,
                   format('a %s of %s from %s to %s', t.kind, t.asset, d.kind, c.kind) AS detail
            FROM transfer t LEFT JOIN account d ON d.id = t.debit_account_id AND d.asset = t.asset
            LEFT JOIN account c ON c.id = t.credit_account_id AND c.asset = t.asset
            LEFT JOIN (VALUES {_WAYS}) AS way (kind, debit, credit)
              ON way.kind = t.kind AND way.debit = d.kind AND way.credit = c.kind
            WHERE way.kind IS NULL
               OR (d.kind LIKE 'agent%' AND c.kind LIKE 'agent%' AND d.owner_id <> c.owner_id)
               OR (d.kind LIKE 'agent%') <> (t.debit_seq IS NOT NULL)
               OR (c.kind LIKE 'agent%') <> (t.credit_seq IS NOT NULL)""",  # noqa: S608 - ours.
    ),
    Proof(
        "each account's entries follow one another and sum to what it held",
        f"""SELECT 'transfer ' || id AS subject, format('entry %s holds %s, not %s', seq, after, held) AS detail, asset
            FROM (SELECT *, sum(delta) OVER one AS held, row_number() OVER one AS place FROM ({_LEGS}) AS leg
                  WINDOW one AS (PARTITION BY account_id ORDER BY seq)) AS entry
            WHERE after IS DISTINCT FROM held OR seq <> place OR after < 0""",  # noqa: S608 - ours.
    ),
    Proof(
        "each balance is the sum of its entries",
        f"""SELECT 'account ' || account.id AS subject, account.asset,
                   format('holds %s, its entries sum to %s', balance_minor, coalesce(sum, 0)) AS detail
            FROM account LEFT JOIN (SELECT account_id, sum(delta), count(*) FROM ({_LEGS}) AS leg GROUP BY account_id) s
              ON s.account_id = account.id
            WHERE balance_minor <> coalesce(sum, 0) OR entries <> coalesce(count, 0)""",  # noqa: S608 - ours.
    ),
    Proof(
        "lots hold what is pending and what is available",
        """SELECT 'account ' || account.id AS subject, account.asset,
                  format('holds %s, its lots %s', balance_minor, coalesce(sum, 0)) AS detail
           FROM account LEFT JOIN (SELECT agent_id, asset, state, sum(remaining_minor) FROM lot GROUP BY 1, 2, 3) l
             ON l.agent_id = account.owner_id AND l.asset = account.asset AND 'agent_' || l.state = account.kind
           WHERE account.kind IN ('agent_pending', 'agent_available') AND balance_minor <> coalesce(sum, 0)""",
    ),
    Proof(
        "each lot is one credit",
        """SELECT 'lot ' || coalesce(l.id, t.reference) AS subject, 'it is not what was credited' AS detail,
                  coalesce(l.asset, t.asset) AS asset
           FROM lot l FULL JOIN (
               SELECT reference, amount_minor, t.asset, cause, c.owner_id AS agent_id, d.owner_id AS campaign_id
               FROM transfer t JOIN account d ON d.id = debit_account_id JOIN account c ON c.id = credit_account_id
               WHERE t.kind = 'credit') t ON t.reference = l.id
           WHERE (l.amount_minor, l.asset, l.cause, l.agent_id, l.campaign_id)
             IS DISTINCT FROM (t.amount_minor, t.asset, t.cause, t.agent_id, t.campaign_id)""",
    ),
    Proof(
        "lots know what of them expired and what is owed for them",
        # A debt is forgiven for a lot that is released and repays it, and for one whose own debt lapsed money pays.
        """SELECT 'cause ' || cause AS subject, asset,
                  format('%s expired, its lots say %s; %s is owed, they say %s', coalesce(moved.expired, 0),
                         coalesce(lots.expired, 0), coalesce(moved.owed, 0), coalesce(lots.owed, 0)) AS detail
           FROM (
               SELECT cause, asset, sum(expired_minor) AS expired, sum(owed_minor) AS owed FROM lot
               WHERE expired_minor > 0 OR owed_minor > 0 GROUP BY cause, asset) lots
           FULL JOIN (
               SELECT t.cause, t.asset,
                      sum(CASE t.kind WHEN 'expire' THEN t.amount_minor WHEN 'claw_expired' THEN -t.amount_minor END)
                          AS expired,
                      sum(CASE t.kind WHEN 'owe' THEN t.amount_minor WHEN 'forgive' THEN -t.amount_minor END) AS owed
               FROM transfer t LEFT JOIN lot released ON t.kind = 'forgive' AND released.id = t.reference
               WHERE t.kind IN ('expire', 'claw_expired', 'owe', 'forgive') AND released.id IS NULL
               GROUP BY t.cause, t.asset) moved USING (cause, asset)
           WHERE coalesce(moved.expired, 0) <> coalesce(lots.expired, 0)
              OR coalesce(moved.owed, 0) <> coalesce(lots.owed, 0)""",
    ),
    Proof(
        "what is reserved belongs to open spends",
        """SELECT 'account ' || account.id AS subject, account.asset,
                  format('holds %s, open spends %s', balance_minor, coalesce(sum, 0)) AS detail
           FROM account LEFT JOIN (
               SELECT agent_id, asset, sum(amount_minor) FROM spend WHERE state = 'reserved' GROUP BY 1, 2) s
             ON s.agent_id = account.owner_id AND s.asset = account.asset
           WHERE account.kind = 'agent_reserved' AND balance_minor <> coalesce(sum, 0)""",
    ),
    Proof(
        "each spend moved what it says",
        f"""SELECT 'spend ' || s.id AS subject, format('%s, it moved by %s', s.state, moved.kinds) AS detail, s.asset
            FROM spend s JOIN (VALUES {_STEPS}) AS step (state, kinds) ON step.state = s.state LEFT JOIN (
                SELECT reference, array_agg(t.kind::text ORDER BY t.kind) AS kinds, min(amount_minor) AS least_minor,
                       max(amount_minor) AS most_minor, min(account.owner_id::text) AS agent_id, min(t.asset) AS asset
                FROM transfer t JOIN account
                  ON account.id = CASE WHEN t.kind = 'refund' THEN credit_account_id ELSE debit_account_id END
                WHERE t.kind IN ('reserve', 'unreserve', 'capture', 'refund') GROUP BY reference) moved
              ON moved.reference = s.id
            WHERE (moved.kinds, least_minor, most_minor, moved.agent_id, moved.asset)
              IS DISTINCT FROM (
                  step.kinds, s.amount_minor, s.amount_minor, s.agent_id::text, s.asset)""",  # noqa: S608 - ours.
    ),
    Proof(
        "each spend came out of its owner's lots",
        """SELECT 'spend ' || spend.id AS subject, format('its parts sum to %s', sum) AS detail, spend.asset
           FROM spend LEFT JOIN (
               SELECT spend_id, sum(part.amount_minor), count(*) = count(lot.id) AS known,
                      min(lot.agent_id::text) AS least, max(lot.agent_id::text) AS most
               FROM spend_part part LEFT JOIN lot ON lot.id = lot_id GROUP BY spend_id) parts ON spend_id = spend.id
           WHERE (sum, least, most, known)
             IS DISTINCT FROM (spend.amount_minor, spend.agent_id::text, spend.agent_id::text, true)""",
    ),
    Proof(
        "a reversal undoes its original",
        """SELECT 'transfer ' || r.id AS subject, 'it does not undo ' || r.reverses_id AS detail, r.asset
           FROM transfer r LEFT JOIN transfer o ON o.id = r.reverses_id
           WHERE r.reverses_id IS NOT NULL AND (o.id IS NULL OR o.amount_minor <> r.amount_minor OR o.asset <> r.asset
             OR o.debit_account_id <> r.credit_account_id)""",
    ),
    Proof(
        "each lot counts the holds that it is under",
        """SELECT 'lot ' || coalesce(lot.id, lot_id) AS subject, lot.asset,
                  format('counts %s holds, has %s', coalesce(holds, 0), coalesce(under, 0)) AS detail
           FROM lot FULL JOIN (
               SELECT lot_id, count(*) AS under FROM lot_hold WHERE lifted_at IS NULL GROUP BY lot_id) h
             ON lot_id = lot.id
           WHERE coalesce(holds, 0) <> coalesce(under, 0)""",
    ),
)

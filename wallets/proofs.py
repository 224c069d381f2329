"""What the ledger promises, as statements that name every row which breaks it."""

from core.db import fetch
from core.proofs import Breach, Proof
from wallets.chain import GENESIS, link

_LEGS = """
    SELECT debit_account_id AS account_id, debit_seq AS seq, debit_after_minor AS after, -amount_minor AS delta, id, asset
    FROM transfer WHERE debit_seq IS NOT NULL
    UNION ALL
    SELECT credit_account_id, credit_seq, credit_after_minor, amount_minor, id, asset
    FROM transfer WHERE credit_seq IS NOT NULL
"""


async def _chain_holds() -> list[Breach]:
    before, expected_seq, breaches = GENESIS, 1, []
    last = 0
    while rows := await fetch(
        """SELECT seq, hash, batch_id, digest FROM chain_link LEFT JOIN transfer_batch ON id = batch_id
           WHERE seq > $1 ORDER BY seq LIMIT 10000""",
        last,
    ):
        for row in rows:
            digest = row["digest"] or b""
            if row["seq"] != expected_seq or row["hash"] != link(before, row["batch_id"].bytes, digest):
                breaches.append(Breach(f"chain_link {row['seq']}", f"batch {row['batch_id']} does not follow"))
            before, expected_seq, last = row["hash"], row["seq"] + 1, row["seq"]
    return breaches


PROOFS = (
    Proof(
        "each transfer is as it was posted",
        """SELECT 'transfer ' || id AS subject, 'its digest does not fit its row' AS detail, asset
           FROM transfer WHERE digest <> transfer_digest(id, kind, reference, debit_account_id, credit_account_id,
               amount_minor, asset, cause, reverses_id, created_at)""",
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
        "each batch is in the chain or waits for it",
        """SELECT 'batch ' || id AS subject, 'it is neither chained nor waiting' AS detail, NULL AS asset
           FROM transfer_batch WHERE NOT EXISTS (SELECT FROM chain_link WHERE batch_id = transfer_batch.id)
             AND NOT EXISTS (SELECT FROM unsealed_batch WHERE batch_id = transfer_batch.id)""",
    ),
    Proof("the chain of hashes holds", check=_chain_holds),
    Proof(
        "both sides of a transfer are accounts of its asset",
        """SELECT 'transfer ' || t.id AS subject, 'an account is missing or holds another asset' AS detail, t.asset
           FROM transfer t LEFT JOIN account d ON d.id = t.debit_account_id AND d.asset = t.asset
           LEFT JOIN account c ON c.id = t.credit_account_id AND c.asset = t.asset
           WHERE d.id IS NULL OR c.id IS NULL
              OR (d.kind LIKE 'agent%') <> (t.debit_seq IS NOT NULL)
              OR (c.kind LIKE 'agent%') <> (t.credit_seq IS NOT NULL)""",
    ),
    Proof(
        "each account's entries follow one another and sum to what it held",
        f"""SELECT 'transfer ' || id AS subject, 'entry ' || seq || ' holds ' || after || ', not ' || held AS detail, asset
            FROM (SELECT *, sum(delta) OVER one AS held, row_number() OVER one AS place FROM ({_LEGS}) AS leg
                  WINDOW one AS (PARTITION BY account_id ORDER BY seq)) AS entry
            WHERE after <> held OR seq <> place OR after < 0""",
    ),
    Proof(
        "each balance is the sum of its entries",
        f"""SELECT 'account ' || account.id AS subject,
                   'holds ' || balance_minor || ', its entries sum to ' || coalesce(sum, 0) AS detail, account.asset
            FROM account LEFT JOIN (SELECT account_id, sum(delta), count(*) FROM ({_LEGS}) AS leg GROUP BY account_id) s
              ON s.account_id = account.id
            WHERE balance_minor <> coalesce(sum, 0) OR entries <> coalesce(count, 0)""",
    ),
    Proof(
        "lots hold what is pending and what is available",
        """SELECT 'account ' || account.id AS subject, 'holds ' || balance_minor || ', its lots ' || coalesce(sum, 0) AS detail,
                  account.asset
           FROM account LEFT JOIN (SELECT agent_id, asset, state, sum(remaining_minor) FROM lot GROUP BY 1, 2, 3) l
             ON l.agent_id = account.owner_id AND l.asset = account.asset AND 'agent_' || l.state = account.kind
           WHERE account.kind IN ('agent_pending', 'agent_available') AND balance_minor <> coalesce(sum, 0)""",
    ),
    Proof(
        "what is reserved belongs to open spends",
        """SELECT 'account ' || account.id AS subject, 'holds ' || balance_minor || ', open spends ' || coalesce(sum, 0) AS detail,
                  account.asset
           FROM account LEFT JOIN (SELECT agent_id, asset, sum(amount_minor) FROM spend WHERE state = 'reserved' GROUP BY 1, 2) s
             ON s.agent_id = account.owner_id AND s.asset = account.asset
           WHERE account.kind = 'agent_reserved' AND balance_minor <> coalesce(sum, 0)""",
    ),
    Proof(
        "a reversal undoes its original",
        """SELECT 'transfer ' || r.id AS subject, 'it does not undo ' || r.reverses_id AS detail, r.asset
           FROM transfer r LEFT JOIN transfer o ON o.id = r.reverses_id
           WHERE r.reverses_id IS NOT NULL AND (o.id IS NULL OR o.amount_minor <> r.amount_minor OR o.asset <> r.asset
             OR o.debit_account_id <> r.credit_account_id)""",
    ),
    Proof(
        "debts are what the house is owed",
        """SELECT 'asset ' || asset AS subject, 'debts of ' || owed || ' against ' || moved AS detail, asset
           FROM (SELECT asset, sum(balance_minor) AS owed FROM account WHERE kind = 'agent_debt' GROUP BY asset) d
           JOIN (SELECT t.asset, sum(CASE WHEN d.kind = 'house_debts' THEN amount_minor ELSE -amount_minor END) AS moved
                 FROM transfer t JOIN account d ON d.id = t.debit_account_id JOIN account c ON c.id = t.credit_account_id
                 WHERE 'house_debts' IN (d.kind, c.kind) GROUP BY t.asset) m USING (asset)
           WHERE owed <> moved""",
    ),
)

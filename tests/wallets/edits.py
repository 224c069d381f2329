"""Edits of one row each, by the proof that has to notice them; each returns what that proof has to name."""

from uuid import UUID

ANNA, BORIS = UUID(int=0xA), UUID(int=0xB)


def _account(owner_id: UUID, kind: str) -> str:
    return f"(SELECT id FROM account WHERE owner_id = '{owner_id}' AND kind = 'agent_{kind}')"


CREDIT = "(SELECT id FROM transfer WHERE kind = 'credit' ORDER BY amount_minor LIMIT 1)"
RELEASE = "(SELECT id FROM transfer WHERE kind = 'release' ORDER BY amount_minor LIMIT 1)"
REFUND = "(SELECT id FROM transfer WHERE kind = 'refund')"
EXPIRY = "(SELECT id FROM transfer WHERE kind = 'expire')"
LAPSED = "(SELECT id FROM transfer WHERE kind = 'claw_expired')"
OWED = "(SELECT id FROM transfer WHERE kind = 'owe')"
BATCH = "(SELECT batch_id FROM transfer WHERE kind = 'credit' ORDER BY amount_minor LIMIT 1)"
WAITING = "(SELECT batch_id FROM unsealed_batch LIMIT 1)"
CHAINED = "(SELECT batch_id FROM chain_link WHERE seq = 3)"
LOT = f"(SELECT id FROM lot WHERE agent_id = '{BORIS}' AND remaining_minor > 1 ORDER BY id LIMIT 1)"
SPEND = "(SELECT id FROM spend WHERE state = 'captured')"
FREE = _account(BORIS, "available")
DIGEST = """transfer_digest(id, kind, reference, debit_account_id, credit_account_id, 999, asset, cause, reverses_id,
                            created_at)"""


def transfer(change: str, which: str = CREDIT, *, named: str = "'transfer ' || id") -> str:
    return f"UPDATE transfer SET {change} WHERE id = {which} RETURNING {named}"


def batch(change: str, which: str = BATCH, *, named: str = "'batch ' || id") -> str:
    return f"UPDATE transfer_batch SET {change} WHERE id = {which} RETURNING {named}"


def chained(change: str) -> str:
    return f"UPDATE chain_link SET {change} WHERE seq = 3 RETURNING 'chain_link ' || seq"


def account(change: str, which: str) -> str:
    return f"UPDATE account SET {change} WHERE id = {which} RETURNING 'account ' || id"


def lot(change: str, *, named: str = "'lot ' || id") -> str:
    return f"UPDATE lot SET {change} WHERE id = {LOT} RETURNING {named}"


def spend(change: str, state: str = "captured", *, named: str = "'spend ' || id") -> str:
    return f"UPDATE spend SET {change} WHERE state = '{state}' RETURNING {named}"


def part(change: str) -> str:
    return f"UPDATE spend_part SET {change} WHERE spend_id = {SPEND} RETURNING 'spend ' || spend_id"


EDITS = {
    "each transfer is as it was posted": [
        transfer("amount_minor = amount_minor + 1"),
        transfer("cause = 'code:another'"),
        transfer("kind = 'gift'"),
        transfer("reference = gen_random_uuid()"),
        transfer("created_at = created_at - interval '1 microsecond'"),
        transfer(f"credit_account_id = {_account(BORIS, 'pending')}, credit_seq = 1000"),
        transfer("reverses_id = NULL", REFUND),
        transfer("digest = sha256('')"),
    ],
    "no transfer was removed from or added to its batch": [
        f"DELETE FROM transfer WHERE id = {CREDIT} RETURNING 'batch ' || batch_id",
        transfer("batch_id = gen_random_uuid()", named="'batch ' || batch_id"),
        transfer(f"amount_minor = 999, digest = {DIGEST}", named="'batch ' || batch_id"),
        f"DELETE FROM transfer_batch WHERE id = {BATCH} RETURNING 'batch ' || id",
        batch("transfers = transfers + 1"),
        batch("digest = sha256('')"),
    ],
    "each batch either is in the chain or waits for it": [
        f"DELETE FROM unsealed_batch WHERE batch_id = {WAITING} RETURNING 'batch ' || batch_id",
        "DELETE FROM chain_link WHERE seq = 3 RETURNING 'batch ' || batch_id",
        f"INSERT INTO unsealed_batch VALUES ({CHAINED}) RETURNING 'batch ' || batch_id",
    ],
    "the chain of hashes holds": [
        chained("hash = sha256(hash)"),
        chained(f"batch_id = {WAITING}"),
        "DELETE FROM chain_link WHERE seq = 3 RETURNING 'chain_link 4'",
        batch("digest = sha256('')", CHAINED, named="'chain_link 3'"),
    ],
    "each account is whose it says": [
        account("owner_id = gen_random_uuid()", _account(ANNA, "debt")),
        account("kind = 'shop_payable'", "(SELECT id FROM account WHERE kind = 'campaign')"),
        account("asset = 'RUB'", FREE),
    ],
    "each transfer goes the way of its kind between accounts of its asset": [
        transfer("asset = 'RUB'"),
        transfer("credit_seq = NULL"),
        transfer("debit_seq = 1"),
        transfer("debit_account_id = gen_random_uuid()"),
        transfer("kind = 'expire'"),
        transfer(f"credit_account_id = {FREE}, credit_seq = 1000", RELEASE),
    ],
    "each account's entries follow one another and sum to what it held": [
        transfer("credit_after_minor = credit_after_minor + 1"),
        transfer("credit_after_minor = NULL"),
        transfer("credit_seq = credit_seq + 1000"),
        transfer("amount_minor = amount_minor - 1"),
    ],
    "each balance is the sum of its entries": [
        account("balance_minor = balance_minor + 1", FREE),
        account("entries = entries + 1", FREE),
        account("balance_minor = 1", "(SELECT id FROM account WHERE kind = 'campaign')"),
    ],
    "lots hold what is pending and what is available": [
        lot("remaining_minor = remaining_minor - 1", named=f"'account ' || {FREE}"),
        lot("state = 'pending'", named=f"'account ' || {FREE}"),
        f"DELETE FROM lot WHERE id = {LOT} RETURNING 'account ' || {FREE}",
    ],
    "each lot is one credit": [
        lot("amount_minor = amount_minor + 1"),
        lot("campaign_id = gen_random_uuid()"),
        lot(f"agent_id = '{ANNA}'"),
        lot("cause = 'code:another'"),
        lot("id = gen_random_uuid()"),
        f"DELETE FROM lot WHERE id = {LOT} RETURNING 'lot ' || id",
    ],
    "lots know what of them expired and what is owed for them": [
        "UPDATE lot SET expired_minor = expired_minor - 1 WHERE expired_minor > 0 RETURNING 'cause ' || cause",
        "UPDATE lot SET owed_minor = owed_minor - 1 WHERE owed_minor > 0 RETURNING 'cause ' || cause",
        "UPDATE lot SET owed_minor = 1 WHERE amount_minor = 210 RETURNING 'cause ' || cause",
        transfer("amount_minor = amount_minor - 1", EXPIRY, named="'cause ' || cause"),
        transfer("amount_minor = amount_minor - 1", LAPSED, named="'cause ' || cause"),
        transfer("amount_minor = amount_minor - 1", OWED, named="'cause ' || cause"),
    ],
    "what is reserved belongs to open spends": [
        spend("amount_minor = amount_minor - 1", "reserved", named=f"'account ' || {_account(ANNA, 'reserved')}"),
        spend("state = 'released'", "reserved", named=f"'account ' || {_account(ANNA, 'reserved')}"),
    ],
    "each spend moved what it says": [
        spend("state = 'released'"),
        spend("state = 'captured'", "refunded"),
        spend("amount_minor = amount_minor + 1"),
        spend(f"agent_id = '{BORIS}'"),
        spend("asset = 'RUB'"),
        spend("id = gen_random_uuid()"),
    ],
    "each spend came out of its owner's lots": [
        part("amount_minor = amount_minor - 1"),
        part(f"lot_id = {LOT}"),
        part("lot_id = gen_random_uuid()"),
        f"DELETE FROM spend_part WHERE spend_id = {SPEND} RETURNING 'spend ' || spend_id",
    ],
    "a reversal undoes its original": [
        transfer("reverses_id = gen_random_uuid()", REFUND),
        transfer("amount_minor = amount_minor - 1", REFUND),
        transfer(f"reverses_id = {CREDIT}", REFUND),
    ],
    "each lot counts the holds that it is under": [
        f"""INSERT INTO lot_hold (id, lot_id, cause_id, reason, held_at)
            VALUES (gen_random_uuid(), {LOT}, gen_random_uuid(), 'agent_pace', now()) RETURNING 'lot ' || lot_id""",
    ],
}

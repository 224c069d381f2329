// What a refusal means for the person who reads it, and what he may do.
import { Refused } from "../api";
import { NotKept } from "../store";
import { marked, t } from "../words";

const WORDS: Record<string, string> = {
  malformed: marked("This is not a code from a pack. It has 16 digits and letters."),
  check_failed: marked("A symbol of the code is wrong. Compare it with the pack."),
  not_accepted: marked("This code is not accepted. If it is from a pack in your hand, appeal."),
  already_claimed: marked("This code was claimed before by somebody else. If that cannot be, appeal."),
  rate_limited: marked("That was a lot at once. It goes on by itself a little later."),
  overloaded: marked("The service is busy. It goes on by itself a little later."),
  read_only: marked("The service is being looked after. It goes on by itself later."),
  unavailable: marked("The service does not answer. It goes on by itself later."),
  offline: marked("There is no network."),
  receipt_duplicate: marked("This receipt was handed in before."),
  receipt_too_old: marked("This receipt is too old."),
  receipt_in_future: marked("The date of this receipt is in the future. Check it."),
  receipt_not_a_sale: marked("This is a receipt of a return, not of a sale."),
  receipt_not_settled: marked("This receipt is not settled yet: an advance or a credit."),
  receipt_unverified: marked("This receipt could not be verified."),
  receipt_of_test_device: marked("This receipt comes from a test device."),
  malformed_receipt: marked("This is not a receipt, or it was not read to its end."),
  receipt_malformed: marked("This is not a receipt, or it was not read to its end."),
  terms_not_accepted: marked("Agree to the rules of this offer first."),
  no_such_offer: marked("This offer is over."),
  segment_word_refused: marked("This word lets nobody in, or not you. Ask whoever gave it to you."),
  promo_text_refused: marked("This text cannot be used. Take 4 to 20 letters of one alphabet and digits, and no rude words."),
  promo_text_taken: marked("Somebody has a code that looks like this. Take another text."),
  too_many_promo_codes: marked("You have as many codes as one may have. Archive one first."),
  advertising_marks_missing: marked("The maker has not marked this offer as advertising yet, so there is nothing to publish."),
  offer_over: marked("This offer is over."),
  dispute_open: marked("Your appeal about this is open already."),
  too_many_disputes: marked("You have several appeals open. Wait for an answer first."),
  money_left: marked("There is money in the account. Spend it first, or give it up."),
  device_waits: marked("A new phone has to wait before it may do this."),
  device_revoked: marked("This phone was signed out: the account was restored on another phone."),
  device_known: marked("This phone has an account already."),
  link_unknown: marked("No phone is waiting with this code. Show it anew."),
  last_device: marked("This is the only phone of the account."),
  recovery_unknown: marked("Nothing is restored by this. Check it word by word."),
  recovery_used: marked("This was used or replaced before. Earlier savings no longer work."),
  passkey_cancelled: marked("Nothing has happened: no passkey was made or chosen. If the phone shows none, it is kept in another store."),
  passkey_unsupported: marked("This phone keeps no passkeys. Take the QR or the twelve words."),
  passkey_unknown: marked("The account of this passkey is closed."),
  passkey_refused: marked("The passkey did not answer rightly or in time. Try it once more."),
  passkey_copied: marked("There are two of this passkey, so it restores nothing. The owner is warned."),
  passkeys_off: marked("Passkeys do not work at this address. Take the QR or the twelve words."),
  photo_unreadable: marked("The photo could not be read. Take it closer and in better light."),
  nothing_read: marked("There is no code on this photo. Take it closer and in better light."),
  no_receipt_on_photo: marked("There is no receipt on this photo. Its square code has to be on it, whole."),
  unsupported_photo: marked("The photo could not be read. Take it closer and in better light."),
  photo_too_large: marked("The photo is too large. Take it closer, or smaller."),
  no_code_found: marked("There is no code on this photo. Take it closer and in better light."),
  reward_off: marked("This is not on offer any more."),
  out_of_stock: marked("There is none left at the moment."),
  reward_limit: marked("You have had as many of it as one may have."),
  insufficient_funds: marked("There are not enough bonuses free to spend."),
  spending_frozen: marked("Spending is stopped for the moment while the books are checked. Nothing is lost."),
  spend_settled: marked("This was settled a moment ago."),
  push_off: marked("This installation wakes no phones."),
  push_forbidden: marked("The browser does not let the app wake you. Allow notices in its settings."),
  push_lost: marked("The browser could not set this up. Try it with a network, or in another browser."),
  push_refused: marked("This browser's push service is not known here."),
  too_many_subscriptions: marked("Other phones of the account are woken already, and that is as many as may be."),
  scan_not_kept: marked("The phone's memory is full: this scan is not kept. Free some space and scan it again."),
  storage_full: marked("The phone's memory is full. Free some space and try again."),
};

/** What went wrong, whatever it was that was thrown. */
export function said(failed: unknown): string {
  if (failed instanceof NotKept) return inWords("storage_full");
  return inWords(failed instanceof Refused ? failed.slug : undefined);
}

export function inWords(slug: string | undefined): string {
  const words = slug === undefined ? undefined : WORDS[slug];
  return t(words ?? marked("This did not work. Try it again later."));
}

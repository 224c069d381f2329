// Wishes: what must not be done twice has one key until it is answered for good, so that an answer that is lost in the
// air never does it again.
import { Refused } from "./api";
import { change } from "./store";

type Wishes = Record<string, { key: string; said: unknown }>;
type Keyed = { "Idempotency-Key": string };

const WISHES = "wanted";

/**
 * Send it under the key of this wish, whose name tells it from all that one may wish besides. What is `said` in its
 * request and may have changed since is said again as it was at first: a key stands for the same words.
 */
export async function once<T, Said = undefined>(
  wish: string,
  send: (header: Keyed, said: Said) => Promise<T>,
  said?: Said,
): Promise<T> {
  const begun = { key: crypto.randomUUID(), said };
  const { [wish]: first = begun } = await change<Wishes>(WISHES, (before = {}) => ({ [wish]: begun, ...before }));
  try {
    const answer = await send({ "Idempotency-Key": first.key }, first.said as Said);
    await forget(wish);
    return answer;
  } catch (failed) {
    if (failed instanceof Refused && isFinal(failed)) await forget(wish);
    throw failed;
  }
}

async function forget(wish: string): Promise<void> {
  await change<Wishes>(WISHES, ({ [wish]: _, ...others } = {}) => others);
}

/** Whether this answer will be the same the next time. */
function isFinal({ slug, status }: Refused): boolean {
  return status >= 400 && status < 500 && ![401, 408, 429].includes(status) && slug !== "idempotency_in_progress";
}

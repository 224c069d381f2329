// Wishes: what must not be done twice has one key until it is answered for good, so that an answer that is lost in the
// air never does it again.
import { Refused } from "./api";
import { change } from "./store";

type Keys = Record<string, string>;
type Keyed = { "Idempotency-Key": string };

const WISHES = "wishes";

/** Send it under the key of this wish, whose name tells it from all that one may wish besides. */
export async function once<T>(wish: string, send: (header: Keyed) => Promise<T>): Promise<T> {
  const keys = await change<Keys>(WISHES, (before = {}) => ({ [wish]: crypto.randomUUID(), ...before }));
  try {
    const answer = await send({ "Idempotency-Key": keys[wish] ?? "" });
    await forget(wish);
    return answer;
  } catch (failed) {
    if (failed instanceof Refused && isFinal(failed)) await forget(wish);
    throw failed;
  }
}

async function forget(wish: string): Promise<void> {
  await change<Keys>(WISHES, ({ [wish]: _, ...others } = {}) => others);
}

/** Whether this answer will be the same the next time. */
function isFinal({ slug, status }: Refused): boolean {
  return status >= 400 && status < 500 && ![401, 408, 429].includes(status) && slug !== "idempotency_in_progress";
}

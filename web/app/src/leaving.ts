// Leaving: the account is closed and this phone forgets it, also where the answer to that was lost in the air.
import { api, proven, Refused, told } from "./api";
import { fact, remember, wipe } from "./store";

const LEAVING = "leaving";

/** Close the account, and forget it here. Raises what it is refused for. */
export async function closeAccount(forfeit: boolean): Promise<void> {
  const isUnanswered = await fact<boolean>(LEAVING);
  await remember(LEAVING, true);
  try {
    const path = "/v1/agents/me";
    const params = { query: { forfeit }, header: {} };
    await told(api.DELETE(path, { params, headers: await proven("DELETE", path) }));
  } catch (failed) {
    // Nobody is left to whom the first answer could be told again.
    const isClosed = isUnanswered && failed instanceof Refused && failed.slug === "device_revoked";
    if (failed instanceof Refused && failed.status > 0 && failed.status < 500) await remember(LEAVING, undefined);
    if (!isClosed) throw failed;
  }
  await wipe();
}

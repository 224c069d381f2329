// Returning: an account is taken over to this phone. Its new key is stored before it is sent, so that an answer which
// is lost in the air loses no account: the same key asks again.
import { api, Refused, renew, type Schemas, told } from "./api";
import { makeKey, publicKey, type PublicKey } from "./device";
import { agree, settle } from "./joining";
import { load, refresh, showcase } from "./state";
import { fact, type Identity, remember } from "./store";

const PENDING = "returning";

/** Ask for the account in whatever way, for the key that this phone will have. */
export async function takeOver(ask: (own: PublicKey) => Promise<Schemas["Enrolled"]>): Promise<void> {
  const key = (await fact<CryptoKeyPair>(PENDING)) ?? (await makeKey());
  await remember(PENDING, key);
  try {
    await settle(await ask(await publicKey(key)), key);
  } catch (refused) {
    if (!(refused instanceof Refused) || refused.slug !== "device_known") throw refused;
    // The account came with an answer that never arrived; a key that was signed out since then is of no more use.
    const known = await enter(key);
    await remember(PENDING, undefined);
    if (!known) throw refused;
  }
  await remember(PENDING, undefined);
  await load();
  await agree(showcase.value);
  void refresh();
}

/** Whether the service knows this phone's key by now: then the key alone gets a token. */
export async function enter(key: CryptoKeyPair): Promise<boolean> {
  const unknown: Identity = { agentId: "", alias: "", aliasEn: "", deviceId: "", token: "", key };
  const renewed = await renew(unknown).catch(() => undefined);
  if (!renewed) return false;
  const profile = await told(api.GET("/v1/agents/me"));
  const { epoch } = await told(api.GET("/v1/showcase"));
  await settle(
    {
      agent_id: renewed.agentId,
      alias: profile.alias,
      alias_en: profile.alias_en,
      device_id: renewed.deviceId,
      token: renewed.token,
      epoch,
    },
    key,
  );
  return true;
}

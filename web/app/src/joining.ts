// Joining: a key is made, the service gives an account for it; nobody is asked who he is.
import { api, type Schemas, told } from "./api";
import { makeKey, publicKey } from "./device";
import { agreed, me, refresh, type Showcase, showcase } from "./state";
import { fact, type Identity, remember } from "./store";

interface Pending {
  key: CryptoKeyPair;
  call: string;
}

/** One tap. The key is stored before it is sent: an answer that is lost is asked for again by the same key. */
export async function join(): Promise<void> {
  const pending = (await fact<Pending>("joining")) ?? { key: await makeKey(), call: crypto.randomUUID() };
  await remember("joining", pending);
  const body = { public_key: await publicKey(pending.key), device_name: deviceName() };
  const params = { header: { "Idempotency-Key": pending.call } };
  const enrolled = await told(api.POST("/v1/agents", { body, params }));
  await settle(enrolled, pending.key);
  // Rules that could not be agreed to in the air are asked about again on the next screen.
  await agree(showcase.value).catch(() => undefined);
  void refresh();
}

/** Who this phone is from now on. */
export async function settle(enrolled: Schemas["Enrolled"], key: CryptoKeyPair): Promise<void> {
  const identity: Identity = {
    agentId: enrolled.agent_id,
    alias: enrolled.alias,
    aliasEn: enrolled.alias_en,
    deviceId: enrolled.device_id,
    token: enrolled.token,
    key,
  };
  await remember("identity", identity);
  await remember("epoch", enrolled.epoch);
  await remember("joining", undefined);
  me.value = identity;
  // Without it the browser may throw away what is stored here when the phone runs full.
  await navigator.storage?.persist?.().catch(() => false);
}

/** The texts that nobody on this phone has agreed to yet, as they stand now. */
export function unread(shown: Showcase | undefined): Schemas["Terms"][] {
  return (shown?.programs ?? []).flatMap((program) => program.terms).filter((one) => !agreed.value.includes(one.sha256));
}

export async function agree(shown: Showcase | undefined): Promise<void> {
  for (const text of unread(shown)) {
    const params = { path: { terms_id: text.id } };
    const taken = await api.POST("/v1/terms/{terms_id}/accept", { params, body: { sha256: text.sha256 } });
    // A text that was replaced a moment ago is shown again with the next look.
    if (taken.response.ok) agreed.value = [...agreed.value, text.sha256];
  }
  await remember("agreed", agreed.value);
}

export function deviceName(): string {
  const model = /Android[^;]*; ([^;)]+)/.exec(navigator.userAgent)?.[1];
  return (model ?? (/iPhone|iPad/.exec(navigator.userAgent)?.[0] || "")).trim().slice(0, 60);
}

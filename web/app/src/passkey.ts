// A passkey: the phone keeps a key for this service, in a store that follows its owner to the next phone (WebAuthn).
import { api, proven, Refused, type Schemas, told } from "./api";
import { base64url } from "./device";
import { deviceName } from "./joining";
import { takeOver } from "./returning";
import { me } from "./state";
import { either } from "./words";

// What a browser calls its refusals, and what they mean for a person.
const REFUSALS: Record<string, string> = {
  NotAllowedError: "passkey_cancelled",
  AbortError: "passkey_cancelled",
  NotSupportedError: "passkey_unsupported",
  ConstraintError: "passkey_unsupported",
  SecurityError: "passkeys_off",
};

/** Let the phone make one, and save it in the place of what was saved before. */
export async function savePasskey(): Promise<Schemas["RecoveryState"]> {
  const asking = "/v1/recovery/passkey/options";
  const { options } = await told(api.POST(asking, { headers: await proven("POST", asking) }));
  const name = either(me.value?.alias, me.value?.aliasEn) || options.user.name;
  const made = await asked(() =>
    navigator.credentials.create({
      publicKey: {
        challenge: bytes(options.challenge),
        rp: options.rp,
        user: { id: bytes(options.user.id), name, displayName: name },
        pubKeyCredParams: options.pubKeyCredParams.map(({ alg }) => ({ alg, type: "public-key" })),
        authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
        attestation: "none",
        timeout: options.timeout,
      },
    }),
  );
  const said = made.response as AuthenticatorAttestationResponse;
  const response = {
    clientDataJSON: base64url(said.clientDataJSON),
    attestationObject: base64url(said.attestationObject),
  };
  const path = "/v1/recovery/passkey";
  const body = { credential: { type: "public-key" as const, response } };
  return told(api.POST(path, { body, headers: await proven("POST", path) }));
}

/** Take the account over to this phone by a passkey that it has, or that comes from another phone nearby. */
export async function restoreByPasskey(): Promise<void> {
  await takeOver(async (own) => {
    const { options } = await told(api.POST("/v1/recovery/passkey/restore/options", { body: { public_key: own } }));
    const used = await asked(() =>
      navigator.credentials.get({
        publicKey: {
          challenge: bytes(options.challenge),
          rpId: options.rpId,
          userVerification: "required",
          timeout: options.timeout,
        },
      }),
    );
    const said = used.response as AuthenticatorAssertionResponse;
    const response = {
      clientDataJSON: base64url(said.clientDataJSON),
      authenticatorData: base64url(said.authenticatorData),
      signature: base64url(said.signature),
    };
    const credential = { id: used.id, type: "public-key" as const, response };
    const body = { credential, public_key: own, device_name: deviceName() };
    try {
      const enrolled = await told(api.POST("/v1/recovery/passkey/restore", { body }));
      putAway(options.rpId, used.id);
      return enrolled;
    } catch (refused) {
      const slug = refused instanceof Refused ? refused.slug : "";
      if (slug === "recovery_used") putAway(options.rpId, used.id);
      // It was no typing error: the account that it was made for is closed.
      throw slug === "recovery_unknown" ? new Refused("passkey_unknown", 404) : refused;
    }
  });
}

/** The phone need not show a passkey any longer that restores nothing; browsers that cannot be told go on showing it. */
function putAway(rpId: string, credentialId: string): void {
  const told = PublicKeyCredential as unknown as {
    signalUnknownCredential?(passkey: { rpId: string; credentialId: string }): Promise<void>;
  };
  void told.signalUnknownCredential?.({ rpId, credentialId }).catch(() => undefined);
}

async function asked(ask: () => Promise<Credential | null>): Promise<PublicKeyCredential> {
  let answer;
  try {
    answer = await ask();
  } catch (refused) {
    throw new Refused(REFUSALS[(refused as DOMException).name] ?? "passkey_unsupported", 0);
  }
  if (!answer) throw new Refused("passkey_cancelled", 0);
  return answer as PublicKeyCredential;
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
}

// Recovery: a key that follows from twelve words or from the secret of a QR, by the rules of docs/recovery.md.
import { p256 } from "@noble/curves/nist.js";

import { api, proven, Refused, type Schemas, target, told } from "./api";
import { base64url, type PublicKey, seconds, sign, thumbprint } from "./device";
import { deviceName } from "./joining";
import { RECOVERY } from "./reading";
import { takeOver } from "./returning";
import { once } from "./wishes";
import type { Language } from "./words";

/** The words do not belong together: one was misread or misplaced. */
export class WordsWrong extends Error {}

interface RecoveryKey {
  secret: CryptoKey;
  jwk: PublicKey;
}

export function newQr(): string {
  return RECOVERY + base64url(crypto.getRandomValues(new Uint8Array(32)));
}

export async function newWords(language: Language): Promise<string> {
  const entropy = crypto.getRandomValues(new Uint8Array(16));
  const bits = binary(entropy) + binary(await sha256(entropy)).slice(0, 4);
  const list = await words(language);
  return (bits.match(/.{11}/g) ?? []).map((eleven) => list[Number.parseInt(eleven, 2)]).join(" ");
}

/** The public half is sent and takes the place of what was saved before. */
export async function save(kind: "qr" | "words", kept: string): Promise<Schemas["RecoveryState"]> {
  const { jwk } = await keyOf(kept);
  const path = "/v1/recovery";
  const body = { kind, public_key: jwk };
  return once(`recovery ${jwk.x}`, async (header) =>
    told(api.POST(path, { body, params: { header }, headers: await proven("POST", path) })),
  );
}

/** Take the account over to this phone. */
export async function restore(kept: string): Promise<void> {
  const recovery = await keyOf(kept);
  await takeOver(async (own) => {
    const claims = { aud: await target(""), device: await thumbprint(own), iat: seconds() };
    const statement = await sign(recovery.secret, recovery.jwk, "recovery+jwt", claims);
    const body = { statement, public_key: own, device_name: deviceName() };
    return told(api.POST("/v1/recovery/restore", { body }));
  });
}

/** What restores the account today. */
export async function saved(): Promise<Schemas["RecoveryState"]> {
  return told(api.GET("/v1/recovery"));
}

/** Have nothing restore it any more. */
export async function remove(): Promise<Schemas["RecoveryState"]> {
  const path = "/v1/recovery";
  try {
    return await told(api.DELETE(path, { headers: await proven("DELETE", path) }));
  } catch (refused) {
    // Nothing was there any more: it went with a request whose answer was lost.
    if (refused instanceof Refused && refused.status === 404) return saved();
    throw refused;
  }
}

async function keyOf(kept: string): Promise<RecoveryKey> {
  const text = kept.trim();
  const seed = text.startsWith(RECOVERY) ? fromBase64url(text.slice(RECOVERY.length)) : await seedOfWords(text);
  const stretched = await crypto.subtle.deriveBits(
    { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: new TextEncoder().encode("naparnik recovery P-256") },
    await crypto.subtle.importKey("raw", seed, "HKDF", false, ["deriveBits"]),
    384,
  );
  const order = p256.Point.Fn.ORDER;
  const scalar = (BigInt(`0x${hex(new Uint8Array(stretched))}`) % (order - 1n)) + 1n;
  const point = p256.Point.BASE.multiply(scalar).toBytes(false);
  const jwk: PublicKey = { kty: "EC", crv: "P-256", x: base64url(point.slice(1, 33)), y: base64url(point.slice(33)) };
  const d = base64url(bytes(scalar.toString(16).padStart(64, "0")));
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  return { jwk, secret: await crypto.subtle.importKey("jwk", { ...jwk, d }, algorithm, false, ["sign"]) };
}

async function seedOfWords(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const plain = text.normalize("NFC").toLowerCase().replaceAll("ё", "е").split(/\s+/).filter(Boolean);
  await check(plain);
  const sentence = new TextEncoder().encode(plain.join(" ").normalize("NFKD"));
  const key = await crypto.subtle.importKey("raw", sentence, "PBKDF2", false, ["deriveBits"]);
  const salt = new TextEncoder().encode("mnemonic");
  return new Uint8Array(await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-512", salt, iterations: 2048 }, key, 512));
}

/** The last word carries a checksum, so that a wrong word is found on the phone. */
async function check(plain: string[]): Promise<void> {
  const list = await words(/[а-я]/.test(plain[0] ?? "") ? "ru" : "en");
  const places = plain.map((word) => list.indexOf(word));
  if (places.length !== 12 || places.includes(-1)) throw new WordsWrong();
  const bits = places.map((place) => place.toString(2).padStart(11, "0")).join("");
  const entropy = new Uint8Array((bits.slice(0, 128).match(/.{8}/g) ?? []).map((eight) => Number.parseInt(eight, 2)));
  if (binary(await sha256(entropy)).slice(0, 4) !== bits.slice(128)) throw new WordsWrong();
}

async function words(language: Language): Promise<string[]> {
  const lists = language === "ru" ? await import("./made/words-ru.json") : await import("./made/words-en.json");
  return lists.default as string[];
}

async function sha256(content: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", content));
}

function binary(content: Uint8Array): string {
  return [...content].map((byte) => byte.toString(2).padStart(8, "0")).join("");
}

function hex(content: Uint8Array): string {
  return [...content].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function bytes(digits: string): Uint8Array {
  return new Uint8Array((digits.match(/../g) ?? []).map((two) => Number.parseInt(two, 16)));
}

function fromBase64url(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}

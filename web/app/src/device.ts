// The phone's key: made here, never to leave; what it signs shows that this phone asked (DPoP, RFC 9449).
import { now } from "./clock";

export interface PublicKey {
  kty: "EC";
  crv: "P-256";
  x: string;
  y: string;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" } as const;
const SIGNATURE = { name: "ECDSA", hash: "SHA-256" } as const;

export async function makeKey(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, false, ["sign", "verify"]);
}

export async function publicKey(pair: CryptoKeyPair): Promise<PublicKey> {
  const { x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  return { kty: "EC", crv: "P-256", x: x ?? "", y: y ?? "" };
}

/** Whether this browser keeps passkeys here; they are for places with a name, not for a number. */
export function passkeysHere(): boolean {
  return "PublicKeyCredential" in window && !/^[\d.]+$|:/.test(location.hostname);
}

/** The name of a key by RFC 7638. */
export async function thumbprint({ crv, kty, x, y }: PublicKey): Promise<string> {
  return base64url(await sha256(JSON.stringify({ crv, kty, x, y })));
}

/** A proof for one request; without a token for those that ask for one. */
export async function proof(pair: CryptoKeyPair, method: string, url: string, token?: string): Promise<string> {
  const claims = { htm: method, htu: url, iat: seconds(), jti: crypto.randomUUID() };
  const bound = token === undefined ? {} : { ath: base64url(await sha256(token)) };
  return sign(pair.privateKey, await publicKey(pair), "dpop+jwt", { ...claims, ...bound });
}

export async function sign(key: CryptoKey, jwk: PublicKey, typ: string, claims: object): Promise<string> {
  const text = `${encoded({ typ, alg: "ES256", jwk })}.${encoded(claims)}`;
  const signature = await crypto.subtle.sign(SIGNATURE, key, new TextEncoder().encode(text));
  return `${text}.${base64url(signature)}`;
}

export function seconds(): number {
  return Math.floor(now().getTime() / 1000);
}

export function base64url(bytes: ArrayBuffer | Uint8Array): string {
  const binary = String.fromCharCode(...new Uint8Array(bytes));
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function encoded(value: object): string {
  return base64url(new TextEncoder().encode(JSON.stringify(value)));
}

async function sha256(text: string): Promise<ArrayBuffer> {
  return crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
}

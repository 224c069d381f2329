// The service as this phone calls it: with its token, with a key for each write, with a proof where money moves.
import createClient from "openapi-fetch";

import { learn } from "./clock";
import { proof } from "./device";
import type { components, paths } from "./made/schema";
import { fact, type Identity, NotKept, remember } from "./store";

export type Schemas = components["schemas"];
export type Problem = Schemas["Problem"];

/** A refusal with the slug by which its words are found. */
export class Refused extends Error {
  constructor(
    readonly slug: string,
    readonly status: number,
    readonly facts: Record<string, unknown> = {},
  ) {
    super(slug);
  }
}

export const api = createClient<paths>({ baseUrl: "", fetch: called });

/** The body of an answer, or the refusal; a network that is not there is `offline`. */
export async function told<T>(asked: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  let answer;
  try {
    answer = await asked;
  } catch (failed) {
    if (failed instanceof NotKept) throw failed;
    throw new Refused("offline", 0);
  }
  if (answer.response.ok) return answer.data as T;
  const problem = answer.error as Partial<Problem> | undefined;
  throw new Refused(problem?.slug ?? "unavailable", answer.response.status, problem?.facts ?? {});
}

/** The header by which the phone signs a request; `path` is the whole path as it is sent. */
export async function proven(method: "GET" | "POST" | "DELETE", path: string): Promise<{ DPoP: string }> {
  const me = await identity();
  if (!me) throw new Refused("unauthorized", 401);
  return { DPoP: await proof(me.key, method, await target(path), me.token) };
}

export async function identity(): Promise<Identity | undefined> {
  return fact<Identity>("identity");
}

/** What phones sign as their target: the origin that the service is configured with. */
export async function target(path: string): Promise<string> {
  return `${(await fact<string>("origin")) ?? location.origin}${path}`;
}

async function called(request: Request): Promise<Response> {
  const me = await identity();
  const answer = await send(request.clone(), me);
  if (answer.status !== 401 || !me || request.headers.has("DPoP")) return answer;
  const problem = (await answer.clone().json()) as Problem;
  if (problem.slug !== "unauthorized") return answer;
  // A token that is no longer taken: the key alone gets another one.
  const renewed = await renew(me);
  return renewed ? send(request, renewed) : answer;
}

async function send(request: Request, me: Identity | undefined): Promise<Response> {
  if (me) request.headers.set("Authorization", `Bearer ${me.token}`);
  if (request.method !== "GET" && !request.headers.has("Idempotency-Key")) {
    request.headers.set("Idempotency-Key", crypto.randomUUID());
  }
  const answer = await fetch(request);
  learn(answer.headers.get("Date"));
  return answer;
}

/** A new token by the key alone; undefined where the service does not know the key. */
export async function renew(me: Identity): Promise<Identity | undefined> {
  const path = "/v1/devices/token";
  const headers = { DPoP: await proof(me.key, "POST", await target(path)) };
  const answer = await fetch(path, { method: "POST", headers });
  if (!answer.ok) return undefined;
  const issued = (await answer.json()) as Schemas["Issued"];
  const renewed = { ...me, agentId: issued.agent_id, deviceId: issued.device_id, token: issued.token };
  await remember("identity", renewed);
  return renewed;
}

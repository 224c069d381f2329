// The phones of the account: seen, let in, signed out.
import { useEffect, useState } from "preact/hooks";

import { api, proven, type Schemas, told } from "../api";
import { Back } from "../parts/back";
import { Icon } from "../parts/icon";
import { said } from "../parts/refusal";
import { about, go } from "../place";
import { me } from "../state";
import { once } from "../wishes";
import { marked, moment, t } from "../words";

type Device = Schemas["Device"];

export function DevicesScreen() {
  const [devices, setDevices] = useState<Device[]>([]);
  const [failed, setFailed] = useState("");

  async function learn() {
    setDevices((await told(api.GET("/v1/devices"))).devices.filter((device) => !device.revoked_at));
  }

  /** Do it, then look again; a refusal is said. */
  async function attempt(done: () => Promise<unknown>) {
    setFailed("");
    try {
      await done();
      await learn();
    } catch (refused) {
      setFailed(said(refused));
    }
  }

  useEffect(() => void attempt(async () => undefined), []);
  return (
    <>
      <Back to="me" text={marked("Me")} />
      <h1>{t("My phones")}</h1>
      {about.value && (
        <section class="card call">
          <p>{t("A new phone wants to be let into your account. Is it yours, and in your hand?")}</p>
          <button type="button" class="primary big" onClick={() => void attempt(() => approve(about.value))}>
            {t("Let it in")}
          </button>
        </section>
      )}
      {failed && (
        <p class="refusal" role="alert">
          {failed}
        </p>
      )}
      <ul class="rows">
        {devices.map((device) => (
          <li class="row card device">
            <p>
              <Icon name="phone" />
              <span class="what">
                <b>{device.name || t("A phone")}</b>
                <small>
                  {device.id === me.value?.deviceId ? `${t("this one")} · ` : ""}
                  {moment(device.created_at)}
                </small>
              </span>
            </p>
            {device.id !== me.value?.deviceId && (
              <button type="button" class="danger" onClick={() => void attempt(() => revoke(device.id))}>
                {t("Sign it out")}
              </button>
            )}
          </li>
        ))}
      </ul>
      <p class="soft">{t("To let another phone in, open the app there, choose “I have an account already”, and scan what it shows.")}</p>
    </>
  );
}

async function approve(secret: string): Promise<void> {
  const path = "/v1/device-links/approve";
  await once(`approve ${secret}`, async (header) =>
    told(api.POST(path, { body: { secret }, params: { header }, headers: await proven("POST", path) })),
  );
  go("devices");
}

async function revoke(id: string): Promise<void> {
  await once(`revoke ${id}`, async (header) => {
    const headers = await proven("DELETE", `/v1/devices/${id}`);
    return told(api.DELETE("/v1/devices/{device_id}", { params: { path: { device_id: id }, header }, headers }));
  });
}

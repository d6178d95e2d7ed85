/** Settings: how it looks and which keys it has for you, how and where you sign in; for those who may, keys, buckets, webhooks, the organization. */
import { useMay } from "../../api/session";
import { Crumbs } from "../../app/Crumbs";
import { t } from "../../i18n";
import { ApiKeys } from "./ApiKeys";
import { Appearance } from "./Appearance";
import { Buckets } from "./Buckets";
import { KeyMap } from "./KeyMap";
import { OrganizationCard } from "./OrganizationCard";
import { Passkeys } from "./Passkeys";
import { Password } from "./Password";
import { Sessions } from "./Sessions";
import "./settings.css";
import { Webhooks } from "./Webhooks";

export default function Settings() {
  const may = useMay();
  return (
    <>
      <Crumbs trail={[]} here={t("Settings")} />
      <div className="page">
        <div className="settings">
          <div className="col">
            <Appearance />
            <Passkeys />
            <Password />
            <Sessions />
            {may("organization.write") && <OrganizationCard />}
          </div>
          <div className="col">
            {may("key.manage") && <ApiKeys />}
            {may("task.import") && <Buckets />}
            {may("webhook.manage") && <Webhooks />}
            <KeyMap />
          </div>
        </div>
      </div>
    </>
  );
}

/** Passkeys: sign in with the finger, the face or the code of a device instead of a password. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/client";
import type { Passkey } from "../../api/contract";
import { hasPasskeys, makePasskey, PasskeyLetBe } from "../../api/passkeys";
import { day, t, when } from "../../i18n";
import { Button } from "../../kit/Button";
import { Confirm } from "../../kit/Confirm";
import { Field } from "../../kit/Field";
import { toast } from "../../kit/Toasts";
import { useConfirmed } from "./ConfirmWho";
import { ListCard } from "./ListCard";
import { MakeDialog } from "./MakeDialog";

export function Passkeys() {
  const client = useQueryClient();
  const confirmed = useConfirmed();
  const [isAdding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<Passkey | null>(null);
  const passkeys = useQuery({ queryKey: ["passkeys"], queryFn: () => call("GET /passkeys") });
  const again = () => void client.invalidateQueries({ queryKey: ["passkeys"] });
  const remove = useMutation({
    mutationFn: (each: Passkey) =>
      confirmed.run(() => call("DELETE /passkeys/{passkey}", { path: { passkey: each.id } })),
    onSuccess: (_, each) => {
      setRemoving(null);
      again();
      toast(t("“{name}” signs nobody in any more.", { name: each.name }));
    },
  });
  return (
    <ListCard
      title={t("Passkeys")}
      add={t("Add a passkey")}
      onAdd={() => setAdding(true)}
      query={passkeys}
      empty={{
        title: t("No passkey yet"),
        words: t(
          "Sign in with the finger, the face or the code of this device, or with a security key. Nothing to type, nothing to steal.",
        ),
      }}
      head={
        <>
          <th>{t("Name")}</th>
          <th>{t("Kept")}</th>
          <th>{t("Added")}</th>
          <th>{t("Last used")}</th>
        </>
      }
      row={(each) => (
        <tr key={each.id}>
          <td className="b">{each.name}</td>
          <td className="small t2">{each.is_synced ? t("on all your devices") : t("on one device")}</td>
          <td className="t2">{day(each.created_at)}</td>
          <td className="t2">{each.last_used_at ? when(each.last_used_at) : t("not yet")}</td>
          <td className="r">
            <Button size="s" look="quiet" onClick={() => setRemoving(each)}>
              {t("Remove")}
            </Button>
          </td>
        </tr>
      )}
    >
      {isAdding && <AddPasskey run={confirmed.run} onAdded={again} onClose={() => setAdding(false)} />}
      {removing && (
        <Confirm
          title={t("Remove “{name}”", { name: removing.name })}
          action={t("Remove the passkey")}
          isBusy={remove.isPending}
          problem={remove.error instanceof PasskeyLetBe ? null : remove.error}
          onConfirm={() => remove.mutate(removing)}
          onClose={() => setRemoving(null)}
        >
          <p>{t("It signs you in no more. Delete it on its device too; your password goes on working.")}</p>
        </Confirm>
      )}
      {confirmed.asking}
    </ListCard>
  );
}

interface AddPasskeyProps {
  run: ReturnType<typeof useConfirmed>["run"];
  onAdded: () => void;
  onClose: () => void;
}

function AddPasskey({ run, onAdded, onClose }: AddPasskeyProps) {
  const [name, setName] = useState("");
  const add = useMutation({
    mutationFn: async () => {
      const options = await run(() => call("POST /passkeys/options"));
      const credential = await makePasskey(options);
      return call("POST /passkeys", { body: { name, credential } });
    },
    onSuccess: (made) => {
      onAdded();
      onClose();
      toast(t("“{name}” signs you in from now on.", { name: made.name }));
    },
  });
  const letBe = add.error instanceof PasskeyLetBe ? add.error : null;
  return (
    <MakeDialog
      title={t("Add a passkey")}
      verb={t("Go on with this device")}
      isBusy={add.isPending}
      problem={letBe ? null : add.error}
      why={
        hasPasskeys() ? undefined : t("Open this page over TLS, or as localhost: browsers offer passkeys nowhere else.")
      }
      onMake={() => add.mutate()}
      onClose={onClose}
    >
      <Field
        label={t("Name")}
        hint={t("To know the device again in this list.")}
        error={
          letBe &&
          (letBe.isTaken
            ? t("This device holds a passkey for this server already.")
            : t("No passkey was made. Try again when you are ready."))
        }
      >
        <input
          className="input"
          required
          maxLength={200}
          placeholder={t("Work laptop")}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </Field>
      {!hasPasskeys() && (
        <p className="small cau">
          {t("Open this page over TLS, or as localhost: browsers offer passkeys nowhere else.")}
        </p>
      )}
    </MakeDialog>
  );
}

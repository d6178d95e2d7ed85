/** The customer's word that work goes on. It cannot be taken back, so it is asked for once more, with what follows from it. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { call } from "../../api/client";
import type { Hold } from "../../api/contract";
import { t } from "../../i18n";
import { Button } from "../../kit/Button";
import { Dialog } from "../../kit/Dialog";
import { ProblemNotice } from "../../kit/ProblemNotice";
import { toast } from "../../kit/Toasts";

export function Countersign({ hold, onClose }: { hold: Hold; onClose: () => void }) {
  const client = useQueryClient();
  const sign = useMutation({
    mutationFn: () =>
      call("POST /holds/{hold}/countersign", { path: { hold: hold.id }, body: { digest: hold.digest } }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["holds"] });
      toast(t("Countersigned. Work goes on."));
      onClose();
    },
  });
  return (
    <Dialog
      title={t("Let work go on")}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t("Keep it on hold")}</Button>
          <Button look="primary" isBusy={sign.isPending} onClick={() => sign.mutate()}>
            {t("Countersign")}
          </Button>
        </>
      }
    >
      <p>
        {t(
          "You have read the chain, and accept these ties as they are: everybody has their tasks back, with the time they had left. A tie that grows stronger stops work again.",
        )}
      </p>
      <p className="t2">{t("Your ledger keeps who countersigned, when, and the digest of what was read:")}</p>
      <p className="mono small well break">{hold.digest}</p>
      {sign.error && <ProblemNotice problem={sign.error} />}
    </Dialog>
  );
}

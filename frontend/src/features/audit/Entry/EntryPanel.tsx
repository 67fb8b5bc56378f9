import {
  Button,
  Content,
  DrawerActions,
  DrawerCloseButton,
  DrawerHead,
  DrawerPanelBody,
  DrawerPanelContent,
  Title,
} from "@patternfly/react-core";
import { useEffect, useEffectEvent } from "react";
import type { AuditEntry } from "@/api/types";
import { targetText } from "@/features/audit/Entry/text";
import type { AuditFilter } from "@/features/audit/Entry/useAuditParams";
import { exactTime } from "@/lib/time";
import { Facts } from "@/ui/Facts";
import { StateLabel } from "@/ui/StateLabel";

interface Props {
  entry: AuditEntry;
  onClose: () => void;
  /** Shows the entries that share something with this one, and nothing else. */
  onShow: (filters: Partial<Record<AuditFilter, string>>) => void;
}

/** Everything an entry says, and the ways from it to those it belongs with. */
export function EntryPanel({ entry, onClose, onShow }: Props) {
  const close = useEffectEvent(onClose);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key === "Escape") close();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
  return (
    <DrawerPanelContent
      focusTrap={{ enabled: true, "aria-labelledby": "entry-title" }}
      widths={{ default: "width_50" }}
    >
      <DrawerHead>
        <Title id="entry-title" headingLevel="h2" size="lg">
          {entry.operation}
        </Title>
        <Content component="p" className="qd-subtle">
          {exactTime(entry.time)}
        </Content>
        <DrawerActions>
          <DrawerCloseButton aria-label="Close the details" onClick={onClose} />
        </DrawerActions>
      </DrawerHead>
      <DrawerPanelBody>
        <Facts
          facts={[
            ["Outcome", <StateLabel key="outcome" state={entry.outcome} />],
            entry.reason && ["Reason", <span className="qd-break">{entry.reason}</span>],
            ["Who", `${entry.actor} (${entry.actor_kind})`],
            ["From", entry.address || "this server"],
            entry.credential && ["Signed in by", <Mono key="credential" text={entry.credential} />],
            ["On", <span className="qd-break">{targetText(entry)}</span>],
            entry.target_id && ["Id", <Mono key="id" text={entry.target_id} />],
            entry.collection && ["Collection", <span className="qd-break">{entry.collection}</span>],
            entry.cluster && ["Cluster", entry.cluster],
            ["Request", <Mono key="request" text={entry.request_id} />],
            ["Entry", entry.sequence === null ? "not sealed yet" : `number ${entry.sequence.toLocaleString()}`],
            entry.hash && ["Hash", <Mono key="hash" text={entry.hash} />],
            hasDetail(entry.detail) && [
              "Detail",
              <pre key="detail" className="qd-pre qd-whole">
                {JSON.stringify(entry.detail, null, 2)}
              </pre>,
            ],
          ]}
        />
        <div className="qd-links">
          <Button variant="link" isInline onClick={() => onShow({ request_id: entry.request_id })}>
            Everything of this request
          </Button>
          {entry.actor_id && (
            <Button variant="link" isInline onClick={() => onShow({ actor: entry.actor_id ?? "" })}>
              Everything of this account, under every name
            </Button>
          )}
          {entry.target_id && (
            <Button variant="link" isInline onClick={() => onShow({ target_id: entry.target_id })}>
              Everything done to this {entry.target_kind}
            </Button>
          )}
          {entry.address && (
            <Button variant="link" isInline onClick={() => onShow({ address: entry.address })}>
              Everything from this address
            </Button>
          )}
        </div>
      </DrawerPanelBody>
    </DrawerPanelContent>
  );
}

function Mono({ text }: { text: string }) {
  return <code className="qd-break">{text}</code>;
}

function hasDetail(detail: unknown): boolean {
  return detail !== null && typeof detail === "object" && Object.keys(detail).length > 0;
}

import { Checkbox, FormGroup, FormSelect, FormSelectOption, TextArea } from "@patternfly/react-core";
import { useId, useState } from "react";
import { asApiError } from "@/api/problem";
import type { AuditSettings } from "@/api/types";
import { useAuditSettings, useUpdateAuditSettings } from "@/features/audit/Entry/queries";
import { FormModal } from "@/ui/FormModal";
import { TextField } from "@/ui/TextField";

/** How long the log is kept, and where it is forwarded to. Opens when the settings are there. */
export function SettingsModal({ onClose }: { onClose: () => void }) {
  const { data } = useAuditSettings();
  return data ? <SettingsForm settings={data.value} etag={data.etag} onClose={onClose} /> : null;
}

const FIELDS = ["retention_days", "syslog.host", "syslog.port", "syslog.ca"];

function SettingsForm({ settings, etag, onClose }: { settings: AuditSettings; etag: string; onClose: () => void }) {
  const syslog = settings.syslog;
  const [days, setDays] = useState(String(settings.retention_days ?? 0));
  const [isEnabled, setEnabled] = useState(syslog?.is_enabled ?? false);
  const [host, setHost] = useState(syslog?.host ?? "");
  const [port, setPort] = useState(String(syslog?.port ?? 6514));
  const [protocol, setProtocol] = useState(syslog?.protocol ?? "tls");
  const [ca, setCa] = useState(syslog?.ca ?? "");
  const update = useUpdateAuditSettings(etag);
  const errorOf = (field: string) => (update.error ? asApiError(update.error).field(field) : "");
  const id = useId();
  const submit = () =>
    update.mutate(
      {
        retention_days: Number(days),
        syslog: { is_enabled: isEnabled, host, port: Number(port), protocol, ca },
      },
      { onSuccess: onClose },
    );
  return (
    <FormModal
      title="Retention and forwarding"
      description="What is removed stays proved by a signed note of where it ended. What is to be forwarded is never removed before it was."
      submit="Save"
      isPending={update.isPending}
      error={update.error}
      shownFields={FIELDS}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextField
        label="Remove entries older than this many days"
        type="number"
        value={days}
        onChange={setDays}
        help="0 keeps all of them."
        error={errorOf("retention_days")}
      />
      <Checkbox
        id={`${id}-enabled`}
        label="Forward every entry to a syslog receiver (RFC 5424)"
        isChecked={isEnabled}
        onChange={(_, checked) => setEnabled(checked)}
      />
      {isEnabled && (
        <>
          <TextField label="Host" value={host} onChange={setHost} isRequired error={errorOf("syslog.host")} />
          <TextField label="Port" type="number" value={port} onChange={setPort} error={errorOf("syslog.port")} />
          <FormGroup label="Protocol" fieldId={`${id}-protocol`}>
            <FormSelect
              id={`${id}-protocol`}
              value={protocol}
              onChange={(_, value) => setProtocol(value === "tcp" ? "tcp" : "tls")}
            >
              <FormSelectOption value="tls" label="TLS" />
              <FormSelectOption value="tcp" label="TCP, readable by everybody on the way" />
            </FormSelect>
          </FormGroup>
          {protocol === "tls" && (
            <FormGroup label="Authority of the receiver's certificate, in PEM" fieldId={`${id}-ca`}>
              <TextArea
                id={`${id}-ca`}
                value={ca}
                rows={4}
                spellCheck={false}
                validated={errorOf("syslog.ca") ? "error" : "default"}
                onChange={(_, text) => setCa(text)}
                placeholder="Empty: the authorities this server trusts anyway."
              />
            </FormGroup>
          )}
        </>
      )}
    </FormModal>
  );
}

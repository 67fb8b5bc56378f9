import { Alert, Content, FileUpload, FormGroup, Progress } from "@patternfly/react-core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { asApiError } from "@/api/problem";
import type { ImportReport, Job } from "@/api/types";
import { importUsers, useCancelJob, useJob } from "@/features/accounts/User/queries";
import { plural } from "@/lib/plural";
import { CodeExample } from "@/ui/CodeExample";
import { FormModal } from "@/ui/FormModal";
import { DataTable, type Column } from "@/ui/ListPageBody";
import { useToasts } from "@/ui/Toasts";

type Problem = ImportReport["problems"][number];

const EXAMPLE = `username,full_name,email,organizations,teams
bob,Bob Builder,bob@example.com,acme:admin;beta,acme/payments`;

const COLUMNS: readonly Column<Problem>[] = [
  { name: "Line", width: 15, cell: (problem) => problem.line },
  { name: "Field", width: 25, cell: (problem) => problem.field },
  { name: "What is wrong", cell: (problem) => <span className="qd-break">{problem.reason}</span> },
];

/** Longer lists than this are not shown while they are imported. */
const SHOWN_CHARACTERS = 200_000;

interface Props {
  /** An import that is under way already: its progress is shown. */
  jobId?: string;
  onClose: () => void;
}

/** A list of users: first looked at line by line, then imported as a whole or not at all; a long one by a job. */
export function ImportUsersModal({ onClose, ...initial }: Props) {
  const [text, setText] = useState("");
  const [fileName, setFileName] = useState("");
  const [answer, setAnswer] = useState<ImportReport | null>(null);
  const [jobId, setJobId] = useState(initial.jobId ?? "");
  const job = useJob(jobId).data;
  const toasts = useToasts();
  const queryClient = useQueryClient();
  const type = /^\s*\[/.test(text) ? "application/json" : "text/csv";
  const report = answer ?? reportOf(job);
  const isChecked = report !== null && report.is_dry_run && report.problems_count === 0;
  const finish = ({ created, updated }: ImportReport) => {
    toasts.success(`${plural(created, "user")} made, ${updated} changed`);
    void queryClient.invalidateQueries({ queryKey: ["accounts"] });
    onClose();
  };
  const run = useMutation({
    mutationFn: () => importUsers(text, type, !isChecked),
    onSuccess: (given) => {
      if (isJob(given)) {
        setAnswer(null);
        setJobId(given.id);
        void queryClient.invalidateQueries({ queryKey: ["jobs"] });
      } else if (given.is_dry_run) setAnswer(given);
      else finish(given);
    },
    onError: (error) => setAnswer((asApiError(error).document.report as ImportReport | undefined) ?? null),
  });
  // A list that is refused answers with the report, which says more than the sentence about it.
  const refusal = run.error && !asApiError(run.error).document.report ? run.error : null;
  const change = (next: string) => {
    setText(next);
    setAnswer(null);
    setJobId("");
    run.reset();
  };
  if (jobId && !(job?.ended_at && report?.is_dry_run)) {
    return <ImportJobModal job={job} report={report} onDone={finish} onClose={onClose} />;
  }
  return (
    <FormModal
      title="Import users"
      description="Who is not there is made, who is there is changed to what the line says. Where one line is bad, nothing at all is written."
      submit={isChecked ? `Import ${plural(report.lines, "user")}` : "Check the list"}
      isPending={run.isPending}
      isDisabled={!text.trim() || (report !== null && !isChecked)}
      error={refusal}
      onSubmit={() => run.mutate()}
      onClose={onClose}
    >
      <FormGroup label="CSV or JSON" fieldId="import-list" isRequired>
        <FileUpload
          id="import-list"
          type="text"
          value={text}
          filename={fileName}
          filenamePlaceholder="Drop a file here, choose one, or type below"
          browseButtonText="Choose a file"
          hideDefaultPreview={text.length > SHOWN_CHARACTERS}
          onFileInputChange={(_, file) => setFileName(file.name)}
          onDataChange={(_, data) => change(data)}
          onTextChange={(_, data) => change(data)}
          onClearClick={() => {
            setFileName("");
            change("");
          }}
          allowEditingUploadedText
          aria-label="The list of users"
        />
      </FormGroup>
      {!text && (
        <>
          <Content component="p">
            Only the column username must be there; a column that is absent changes nothing:
          </Content>
          <CodeExample label="A list of users" code={EXAMPLE} />
        </>
      )}
      {report && <Report report={report} />}
    </FormModal>
  );
}

function Report({ report }: { report: ImportReport }) {
  if (report.problems_count === 0) {
    return (
      <Alert
        component="p"
        isInline
        variant="success"
        title={
          report.is_dry_run
            ? `${plural(report.lines, "line")}: ${plural(report.created, "user")} would be made, ${report.updated} changed. Nothing is written yet.`
            : `${plural(report.lines, "line")}: ${plural(report.created, "user")} made, ${report.updated} changed.`
        }
      />
    );
  }
  return (
    <>
      <Alert
        component="p"
        isInline
        variant="danger"
        title={`${plural(report.problems_count, "problem")} in ${plural(report.lines, "line")}; nothing was written.`}
      />
      <DataTable
        label="problems"
        columns={COLUMNS}
        rows={report.problems.slice(0, 100)}
        rowKey={(problem) => `${problem.line}/${problem.field}/${problem.reason}`}
      />
      {report.problems_count > 100 && <Content component="p">The first 100 are shown.</Content>}
    </>
  );
}

/** A long list is worked through in the background: how far it is, the way to stop it, and what came of it. */
function ImportJobModal(props: {
  job: Job | undefined;
  report: ImportReport | null;
  onDone: (report: ImportReport) => void;
  onClose: () => void;
}) {
  const { job, report, onDone, onClose } = props;
  const cancel = useCancelJob();
  const isEnded = Boolean(job?.ended_at);
  const isStopped = job?.state === "cancelled";
  return (
    <FormModal
      title="Import users"
      description={isEnded ? undefined : "It goes on when you close this; the list of users shows the way back."}
      submit={isEnded ? "Done" : "Stop"}
      isDanger={!isEnded}
      isPending={cancel.isPending}
      isDisabled={!isEnded && (!job?.capabilities.cancel || job.cancel_requested)}
      error={cancel.error ?? (job?.error && !report ? new Error(job.error) : null)}
      cancel="Close"
      onSubmit={() => {
        if (job && !isEnded) cancel.mutate(job.id);
        else if (report && report.problems_count === 0) onDone(report);
        else onClose();
      }}
      onClose={onClose}
    >
      {!isStopped && !report && (
        <Progress
          value={job?.progress ?? 0}
          title={job?.cancel_requested ? "Stopping" : job?.message || "Waiting for its turn"}
          aria-label="Import"
        />
      )}
      {isStopped && (
        <Alert
          component="p"
          isInline
          variant="info"
          title={`Stopped at ${job.progress} %. What was written until then stays; the same list imported again goes on from there.`}
        />
      )}
      {report && !isStopped && <Report report={report} />}
    </FormModal>
  );
}

/** What came of a job, once it has ended and looked at every line. */
function reportOf(job: Job | undefined): ImportReport | null {
  return job?.ended_at && "problems" in job.result ? (job.result as unknown as ImportReport) : null;
}

function isJob(answer: ImportReport | Job): answer is Job {
  return "state" in answer;
}

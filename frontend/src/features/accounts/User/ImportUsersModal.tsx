import { Alert, Content, FileUpload, FormGroup, Progress } from "@patternfly/react-core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { asApiError } from "@/api/problem";
import type { ImportReport, Job } from "@/api/types";
import { importUsers, useJob } from "@/features/accounts/User/queries";
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

/** A list of users: first looked at line by line, then imported as a whole or not at all. */
export function ImportUsersModal({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState("");
  const [fileName, setFileName] = useState("");
  const [report, setReport] = useState<ImportReport | null>(null);
  const [jobId, setJobId] = useState("");
  const job = useJob(jobId).data;
  const toasts = useToasts();
  const queryClient = useQueryClient();
  const type = /^\s*\[/.test(text) ? "application/json" : "text/csv";
  const isChecked = report !== null && report.problems_count === 0;
  const run = useMutation({
    mutationFn: () => importUsers(text, type, !isChecked),
    onSuccess: (answer) => {
      if (isJob(answer)) return setJobId(answer.id);
      setReport(answer);
      if (answer.is_dry_run) return;
      toasts.success(`${plural(answer.created, "user")} made, ${answer.updated} changed`);
      void queryClient.invalidateQueries({ queryKey: ["accounts"] });
      onClose();
    },
    onError: (error) => setReport((asApiError(error).document.report as ImportReport | undefined) ?? null),
  });
  // A list that is refused answers with the report, which says more than the sentence about it.
  const refusal = run.error && !asApiError(run.error).document.report ? run.error : null;
  const change = (next: string) => {
    setText(next);
    setReport(null);
    run.reset();
  };
  if (jobId) return <JobModal job={job} onClose={onClose} />;
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
        title={`${plural(report.lines, "line")}: ${plural(report.created, "user")} would be made, ${report.updated} changed. Nothing is written yet.`}
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

/** A long list is imported in the background; it goes on when this is closed. */
function JobModal({ job, onClose }: { job: Job | undefined; onClose: () => void }) {
  const queryClient = useQueryClient();
  const report = job?.ended_at && "problems" in job.result ? (job.result as unknown as ImportReport) : null;
  return (
    <FormModal
      title="Import users"
      description="A long list is worked through in the background, also when you close this."
      submit="Close"
      isPending={false}
      error={job?.error ? new Error(job.error) : null}
      onSubmit={() => {
        void queryClient.invalidateQueries({ queryKey: ["accounts"] });
        onClose();
      }}
      onClose={onClose}
    >
      <Progress
        value={job?.progress ?? 0}
        title={job ? `${job.state}. ${job.message}` : "queued"}
        aria-label="Import"
      />
      {report && <Report report={report} />}
    </FormModal>
  );
}

function isJob(answer: ImportReport | Job): answer is Job {
  return "state" in answer;
}

import { Content, Stack, StackItem } from "@patternfly/react-core";
import { Link } from "react-router";
import type { Task } from "@/api/types";
import { useTasks } from "@/features/orchestration/Task/queries";
import { Clip } from "@/ui/Clip";
import { DataTable, type Column } from "@/ui/ListPageBody";
import { ProblemAlert } from "@/ui/ProblemAlert";
import { StateLabel } from "@/ui/StateLabel";
import { Time } from "@/ui/Time";

const COLUMNS: readonly Column<Task>[] = [
  { name: "Task", width: 25, cell: (task) => <Clip text={task.name} /> },
  {
    name: "State",
    width: 35,
    cell: (task) => (
      <>
        <StateLabel state={task.state} />
        {task.error ? (
          <span className="qd-task-error">{task.error}</span>
        ) : (
          task.state !== "running" && task.message && <span className="qd-task-message">{task.message}</span>
        )}
      </>
    ),
  },
  { name: "Node", cell: (task) => <Clip text={task.node || "not placed yet"} /> },
  { name: "Since", cell: (task) => <Time value={task.updated_at} /> },
];

const LAST_ATTEMPTS = 5;

/** The tasks of a service with what went wrong, and where; `isCurrentOnly` leaves out replaced attempts. */
export function TaskTable({ serviceId, isCurrentOnly = false }: { serviceId: string; isCurrentOnly?: boolean }) {
  const query = useTasks(serviceId);
  const all = query.data?.results;
  const tasks = isCurrentOnly ? all && currentTasks(all) : all;
  const hidden = (all?.length ?? 0) - (tasks?.length ?? 0);
  return (
    <Stack hasGutter>
      <StackItem>
        <ProblemAlert error={query.error} title="The tasks could not be read" />
        {(tasks === undefined ? query.isPending : tasks.length > 0) && (
          <DataTable
            label="tasks"
            columns={COLUMNS}
            rows={tasks}
            rowKey={(task) => task.id}
            actionsWidth="6.5rem"
            rowActions={(task) => <TaskLinks task={task} />}
          />
        )}
        {tasks?.length === 0 && <Content component="p">Nothing of this service runs or waits to run.</Content>}
      </StackItem>
      {hidden > 0 && (
        <StackItem>
          <Link to={`/services/${serviceId}/tasks`}>
            {hidden === 1 ? "1 earlier attempt" : `${hidden} earlier attempts`}
          </Link>
        </StackItem>
      )}
    </Stack>
  );
}

function TaskLinks({ task }: { task: Task }) {
  if (task.state !== "running" || !task.container_id || !task.capabilities.exec) return null;
  return (
    <Link
      to={`/containers/${task.container_id}/terminal`}
      state={task.name}
      aria-label={`Open a terminal in ${task.name}`}
    >
      Terminal
    </Link>
  );
}

/** What is meant to run; of a service of which nothing is, the last attempts, because they say why. */
function currentTasks(all: readonly Task[]): readonly Task[] {
  const wanted = all.filter((task) => task.desired_state !== "shutdown" && task.desired_state !== "remove");
  return wanted.length > 0 ? wanted : all.slice(0, LAST_ATTEMPTS);
}

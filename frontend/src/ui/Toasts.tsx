import { Alert, AlertActionCloseButton, AlertGroup } from "@patternfly/react-core";
import { createContext, useCallback, useContext, useMemo, useState, type ReactNode } from "react";
import { asApiError } from "@/api/problem";

interface Toast {
  key: number;
  variant: "success" | "danger";
  title: string;
  text: string;
}

interface Toasts {
  success: (title: string) => void;
  failure: (title: string, error: unknown) => void;
}

const Context = createContext<Toasts>({ success: () => undefined, failure: () => undefined });

/** Short messages about what has just been done, for anything below it. */
export function ToastProvider({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<Toast[]>([]);
  const add = useCallback((toast: Omit<Toast, "key">) => {
    setToasts((list) => [...list.slice(-4), { ...toast, key: (list.at(-1)?.key ?? 0) + 1 }]);
  }, []);
  const remove = (key: number) => setToasts((list) => list.filter((toast) => toast.key !== key));
  const value = useMemo<Toasts>(
    () => ({
      success: (title) => add({ variant: "success", title, text: "" }),
      failure: (title, error) => add({ variant: "danger", title, text: asApiError(error).message }),
    }),
    [add],
  );
  return (
    <Context value={value}>
      {children}
      <AlertGroup isToast isLiveRegion>
        {toasts.map((toast) => (
          <Alert
            component="p"
            key={toast.key}
            variant={toast.variant}
            title={toast.title}
            timeout={toast.variant === "success" ? 5000 : 15_000}
            onTimeout={() => remove(toast.key)}
            actionClose={<AlertActionCloseButton onClose={() => remove(toast.key)} />}
          >
            {toast.text || undefined}
          </Alert>
        ))}
      </AlertGroup>
    </Context>
  );
}

export function useToasts(): Toasts {
  return useContext(Context);
}

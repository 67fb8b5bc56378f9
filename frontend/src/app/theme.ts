/** Light or dark: the reader's choice, kept in this browser; the system's until there is one. */

import { useSyncExternalStore } from "react";

export type Theme = "light" | "dark";

const STORAGE_KEY = "quarterdeck.theme";
const listeners = new Set<() => void>();
const system = window.matchMedia("(prefers-color-scheme: dark)");

function chosen(): Theme | null {
  const value = window.localStorage.getItem(STORAGE_KEY);
  return value === "light" || value === "dark" ? value : null;
}

function current(): Theme {
  return chosen() ?? (system.matches ? "dark" : "light");
}

function apply(): void {
  document.documentElement.classList.toggle("pf-v6-theme-dark", current() === "dark");
  listeners.forEach((listener) => listener());
}

/** Called once, before anything is painted. */
export function startTheme(): void {
  system.addEventListener("change", apply);
  window.addEventListener("storage", apply);
  apply();
}

export function setTheme(theme: Theme): void {
  window.localStorage.setItem(STORAGE_KEY, theme);
  apply();
}

export function useTheme(): Theme {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, current);
}

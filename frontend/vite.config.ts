import react from "@vitejs/plugin-react";
import { loadEnv } from "vite";
import { defineConfig } from "vitest/config";

export default defineConfig(({ mode }) => ({
  // Served below /ui/ and nowhere else: the Docker Engine API owns the unversioned paths beside it.
  base: "/ui/",
  plugins: [react()],
  resolve: { alias: { "@": new URL("./src", import.meta.url).pathname } },
  server: { proxy: runningServer(loadEnv(mode, ".", "QUARTERDECK_").QUARTERDECK_URL ?? "https://localhost:8443") },
  build: {
    target: "es2022",
    // Our Content-Security-Policy takes fonts and styles from our own origin only: nothing may become a data: URL.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 600,
  },
  test: { environment: "node", include: ["src/**/*.test.ts"] },
}));

/** For `npm run dev`: the API and the websockets of a server that runs, which insists on its own origin. */
function runningServer(target: string) {
  const proxy = { target, secure: false, ws: true, changeOrigin: true, headers: { Origin: target } };
  return { "/api": proxy, "/ws": proxy };
}

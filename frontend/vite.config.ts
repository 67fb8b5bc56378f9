import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// The console is served below /ui/ and nowhere else: the Docker Engine API owns the unversioned paths beside it.
export default defineConfig({
  base: "/ui/",
  plugins: [react()],
  resolve: { alias: { "@": new URL("./src", import.meta.url).pathname } },
  build: {
    target: "es2022",
    // Our Content-Security-Policy allows fonts and styles from our own origin only, so nothing may become a data: URL.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 600,
  },
  test: { environment: "node", include: ["src/**/*.test.ts", "src/**/*.test.tsx"] },
});

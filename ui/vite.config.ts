import { defineConfig } from "vitest/config";

// The page is served by the gateway under one strict policy (services/gateway/page_headers.h):
// every file is a hashed one in /assets, nothing is inlined, nothing comes from elsewhere.
export default defineConfig({
  base: "/",
  build: {
    outDir: "dist",
    assetsDir: "assets",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2023",
    cssCodeSplit: false,
  },
  test: {
    include: ["src/**/*.test.{ts,tsx}"],
    environment: "node",
    isolate: false,
    testTimeout: 120_000,
  },
});

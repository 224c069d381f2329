// How the app is built: two scripts at the start, the rest when somebody needs it, a service worker that keeps it all.
import { defineConfig, type Plugin } from "vite";
import { type ManifestOptions, VitePWA } from "vite-plugin-pwa";

const MANIFEST: Partial<ManifestOptions> = {
  id: "/app/",
  name: "Напарник",
  short_name: "Напарник",
  description: "Бонусы за код из упаковки, без имени и телефона",
  lang: "ru",
  start_url: "/app/",
  scope: "/app/",
  display: "standalone",
  orientation: "portrait",
  background_color: "#f5f3ef",
  theme_color: "#0b5d4b",
  categories: ["business", "utilities"],
  icons: [
    { src: "icon-192.png", sizes: "192x192", type: "image/png" },
    { src: "icon-512.png", sizes: "512x512", type: "image/png" },
    { src: "icon-mask.png", sizes: "512x512", type: "image/png", purpose: "maskable" },
  ],
  shortcuts: [{ name: "Сканировать", url: "/app/#scan", icons: [{ src: "icon-192.png", sizes: "192x192" }] }],
};

// The same app by its id; a page in English names this one instead.
const IN_ENGLISH: Partial<ManifestOptions> = {
  ...MANIFEST,
  name: "Naparnik",
  short_name: "Naparnik",
  description: "Bonuses for the code in the pack, without a name or a phone number",
  lang: "en",
  shortcuts: [{ name: "Scan", url: "/app/#scan", icons: [{ src: "icon-192.png", sizes: "192x192" }] }],
};

const englishManifest: Plugin = {
  name: "english-manifest",
  generateBundle() {
    this.emitFile({ type: "asset", fileName: "manifest.en.webmanifest", source: JSON.stringify(IN_ENGLISH) });
  },
};

export default defineConfig({
  base: "/app/",
  publicDir: "src/made/public",
  build: {
    outDir: "build/site",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  worker: { format: "es" },
  plugins: [
    englishManifest,
    VitePWA({
      strategies: "injectManifest",
      srcDir: "src",
      filename: "sw.ts",
      injectRegister: false,
      // The pattern below finds them; a file that is named twice keeps the service worker from being installed.
      includeManifestIcons: false,
      injectManifest: {
        // The reader's program is the largest file, and a cellar is where it is needed.
        globPatterns: ["**/*.{js,css,html,wasm,png,json}"],
        maximumFileSizeToCacheInBytes: 4_000_000,
      },
      manifest: MANIFEST,
    }),
  ],
});

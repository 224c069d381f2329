// Compresses each file of the build beside it, as far as that makes it smaller: whoever serves it only has to pick.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const site = new URL("build/site/", import.meta.url);
const files = readdirSync(site, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
for (const entry of files) {
  const path = `${entry.parentPath}/${entry.name}`;
  const plain = readFileSync(path);
  const packed = {
    br: brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
    gz: gzipSync(plain, { level: 9 }),
  };
  for (const [suffix, content] of Object.entries(packed)) {
    if (content.length < plain.length * 0.95) writeFileSync(`${path}.${suffix}`, content);
  }
}

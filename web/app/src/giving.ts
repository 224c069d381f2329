// Files and addresses that leave the app: by the phone's own way of sharing, or as a download where it has none.

export async function giveFile(file: File): Promise<void> {
  if (navigator.canShare?.({ files: [file] }) && (await shared({ files: [file] }))) return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = file.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Whether it was copied instead: then whoever asked for it is told. */
export async function giveAddress(url: string): Promise<boolean> {
  if ("share" in navigator && (await shared({ url }))) return false;
  await navigator.clipboard.writeText(url);
  return true;
}

/** Whether the phone took it; whoever changed his mind got what he wanted too. */
async function shared(what: ShareData): Promise<boolean> {
  try {
    await navigator.share(what);
    return true;
  } catch (failed) {
    return failed instanceof DOMException && failed.name === "AbortError";
  }
}

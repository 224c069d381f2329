// Files and addresses that leave the app: by the phone's own way of sharing, or as a download where it has none.

export async function giveFile(file: File): Promise<void> {
  if (navigator.canShare?.({ files: [file] })) {
    await navigator.share({ files: [file] }).catch(() => undefined);
    return;
  }
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = file.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

export async function giveAddress(url: string): Promise<void> {
  if (navigator.share) await navigator.share({ url }).catch(() => undefined);
  else await navigator.clipboard.writeText(url);
}

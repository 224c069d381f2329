// A QR on the screen, dark on light in any theme: cameras want it so.
import { useEffect, useState } from "preact/hooks";

export function Qr({ label, text }: { label: string; text: string }) {
  const [cells, setCells] = useState<boolean[][]>([]);
  useEffect(() => void import("uqr").then(({ encode }) => setCells(encode(text, { border: 3 }).data)), [text]);
  const size = cells.length;
  const path = cells.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ""))).join("");
  return (
    <svg class="qr" viewBox={`0 0 ${size || 1} ${size || 1}`} role="img" aria-label={label} shape-rendering="crispEdges">
      <path d={path} />
    </svg>
  );
}

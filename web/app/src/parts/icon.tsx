// The pictures on buttons: lines of one width that take the colour of the text beside them.
const PATHS = {
  wallet: "M3 7a2 2 0 0 1 2-2h12v4M3 7v10a2 2 0 0 0 2 2h15V9H5a2 2 0 0 1-2-2Zm13 7h.01",
  journal: "M6 3h9l4 4v14H6zM9 12h7M9 16h7M9 8h3",
  scan: "M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M4 12h16",
  tag: "M3 12V4h8l10 10-8 8zM7.5 8.5h.01",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4 21a8 8 0 0 1 16 0",
  torch: "M9 2h6v5l-2 3v11h-2V10L9 7zM9 6h6",
  keyboard: "M3 6h18v12H3zM7 10h.01M11 10h.01M15 10h.01M7 14h10",
  picture: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15 9h.01",
  receipt: "M6 3h12v18l-3-2-3 2-3-2-3 2zM9 8h6M9 12h6",
  boxes: "M3 8l5-3 5 3v6l-5 3-5-3zM13 8l4-2 4 2v6l-4 2.500-4-2",
  check: "M5 12.500l5 5L19 7.500",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 7v5l3.500 2",
  cross: "M6 6l12 12M18 6L6 18",
  share: "M12 15V3M8 7l4-4 4 4M5 12v8h14v-8",
  shield: "M12 3l8 3v6c0 5-3.500 8-8 9-4.500-1-8-4-8-9V6z",
  phone: "M8 2h8v20H8zM11 19h2",
  gift: "M4 11h16v10H4zM3 7h18v4H3zM12 7v14M12 7C9 7 7 6 7 4.500S9 2.500 12 7c3-4.500 5-4 5-2.500S15 7 12 7",
  bell: "M6 17V11a6 6 0 0 1 12 0v6l2 2H4zM10 21.500h4",
  copy: "M9 9h11v12H9zM5 15H4V3h11v2",
  scales: "M12 4v17M8 21h8M5 7h14M5 7l-3 7h6zM19 7l-3 7h6z",
  erase: "M9 5h12v14H9l-6-7zM12 9l6 6M18 9l-6 6",
  camera: "M3 7h4l2-3h6l2 3h4v13H3zM12 17a4 4 0 1 0 0-8 4 4 0 0 0 0 8",
  next: "M9 5l7 7-7 7",
  list: "M4 6h16M4 12h16M4 18h10",
  back: "M15 5l-7 7 7 7",
  key: "M8 19a5 5 0 1 1 0-10 5 5 0 0 1 0 10ZM11.500 10.500L20 2M16 6l3 3M8 14h.01",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}

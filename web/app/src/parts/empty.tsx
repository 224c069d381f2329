// What stands where a list has nothing yet: a picture, and what to do.
import type { ComponentChildren } from "preact";

import { Icon, type IconName } from "./icon";

export function Empty({ children, icon }: { children: ComponentChildren; icon: IconName }) {
  return (
    <p class="empty soft">
      <Icon name={icon} />
      <span>{children}</span>
    </p>
  );
}
